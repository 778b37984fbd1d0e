"""The settings of surveys' further questions, insights, privacy and the event stream; part of `Settings`."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr


class InsightSettings(BaseModel):
    """What the CX team decides."""

    # Surveys, insights and privacy
    survey_reminder_hours: float = Field(
        0.0, ge=0, le=168, description="Hours after which an unanswered rating is asked for once more; 0: never."
    )
    nps_percent: float = Field(
        0.0, ge=0, le=100, description="Share of raters who are also asked how likely they recommend the shop (NPS)."
    )
    ces_percent: float = Field(
        0.0, ge=0, le=100, description="Share of raters who are also asked how easy it was (CES)."
    )
    review_invitations: bool = Field(
        False, description="Ask who rates 5 and says why whether the shop may publish it. Yes or no."
    )
    low_confidence: float = Field(
        0.6, ge=0, le=1, description="Understanding below this is shown to the CX team as perhaps misunderstood."
    )
    reopened_days: float = Field(
        7.0, gt=0, le=90, description="A customer who is back for the same within so many days was not helped."
    )
    retention_days: float = Field(
        0.0, ge=0, le=36500, description="Days after its end when a conversation's words are deleted; 0: they are kept."
    )
    events_url: str = Field("", description="Address that is told what happens (webhooks). Empty: nobody is.")
    events_secret: SecretStr = Field(SecretStr(""), description="Secret with which those webhooks are signed.")

"""Every action of the assistant, in one visible list."""

from __future__ import annotations

from actions.articles import ActionAnswerQuestion, ActionAnswerWish, ActionArticleHelpful, ActionArticleNotHelpful
from actions.base import ServiceAction
from actions.goodbye import ActionGoodbye
from actions.language import ActionChangeLanguage
from actions.my_orders import ActionListOrders, ValidateMyOrdersForm
from actions.my_profile import ActionShowProfile, ValidateMyProfileForm
from actions.not_helped import ActionNotHelped
from actions.one_time_code import ActionAskEmail, ActionAskOneTimeCode, ActionAskPostcode, ActionResendCode
from actions.order_facts import ActionOrderContents, ActionOrderDestination, ActionOrderTotal
from actions.person import ActionComplaint, ActionDistress, ActionRequestCallback
from actions.products import ActionPlaceOrder, ActionProductQuestion
from actions.repair import (
    ActionAffirm,
    ActionCannotProvide,
    ActionDeny,
    ActionNotUnderstood,
    ActionSomethingElse,
    ActionStop,
    ActionTakeFacts,
)
from actions.requests import (
    ActionAskAnswer,
    ActionNothingBefore,
    ActionPastChoice,
    ActionRequestOver,
    ActionResumeRequest,
    ValidateRequestForm,
)
from actions.smalltalk import (
    ActionBotChallenge,
    ActionExplain,
    ActionGreet,
    ActionHasQuestion,
    ActionHelp,
    ActionInsult,
    ActionSmalltalk,
    ActionThanks,
    ActionWait,
)
from actions.track_order import (
    ActionAnotherOrder,
    ActionAskContact,
    ActionAskOrderNumber,
    ActionShowOrder,
    ValidateTrackOrderForm,
)

ACTIONS: tuple[type[ServiceAction], ...] = (
    ActionAffirm,
    ActionAnotherOrder,
    ActionAnswerQuestion,
    ActionAnswerWish,
    ActionArticleHelpful,
    ActionArticleNotHelpful,
    ActionAskAnswer,
    ActionAskContact,
    ActionAskEmail,
    ActionAskOneTimeCode,
    ActionAskOrderNumber,
    ActionAskPostcode,
    ActionBotChallenge,
    ActionCannotProvide,
    ActionChangeLanguage,
    ActionComplaint,
    ActionDeny,
    ActionDistress,
    ActionExplain,
    ActionGoodbye,
    ActionGreet,
    ActionHasQuestion,
    ActionHelp,
    ActionInsult,
    ActionListOrders,
    ActionNotHelped,
    ActionNotUnderstood,
    ActionNothingBefore,
    ActionOrderContents,
    ActionOrderDestination,
    ActionOrderTotal,
    ActionPastChoice,
    ActionPlaceOrder,
    ActionProductQuestion,
    ActionRequestCallback,
    ActionRequestOver,
    ActionResendCode,
    ActionResumeRequest,
    ActionShowOrder,
    ActionShowProfile,
    ActionSmalltalk,
    ActionSomethingElse,
    ActionStop,
    ActionTakeFacts,
    ActionThanks,
    ActionWait,
    ValidateMyOrdersForm,
    ValidateMyProfileForm,
    ValidateRequestForm,
    ValidateTrackOrderForm,
)

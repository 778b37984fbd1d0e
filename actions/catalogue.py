"""Every action of the assistant, in one visible list."""

from __future__ import annotations

from actions.base import ServiceAction
from actions.goodbye import ActionGoodbye
from actions.my_orders import ActionListOrders, ValidateMyOrdersForm
from actions.my_profile import ActionShowProfile, ValidateMyProfileForm
from actions.one_time_code import ActionAskEmail, ActionAskOneTimeCode, ActionResendCode
from actions.person import ActionOfferPerson, ActionRequestCallback
from actions.repair import (
    ActionAffirm,
    ActionAskRephrase,
    ActionCannotProvide,
    ActionDeny,
    ActionStop,
    ActionTakeFacts,
)
from actions.smalltalk import ActionGreet, ActionThanks
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
    ActionAskContact,
    ActionAskEmail,
    ActionAskOneTimeCode,
    ActionAskOrderNumber,
    ActionAskRephrase,
    ActionCannotProvide,
    ActionDeny,
    ActionGoodbye,
    ActionGreet,
    ActionListOrders,
    ActionOfferPerson,
    ActionRequestCallback,
    ActionResendCode,
    ActionShowOrder,
    ActionShowProfile,
    ActionStop,
    ActionTakeFacts,
    ActionThanks,
    ValidateMyOrdersForm,
    ValidateMyProfileForm,
    ValidateTrackOrderForm,
)

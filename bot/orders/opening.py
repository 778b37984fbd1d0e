"""Which shop it is: the one behind an HTTP API that the settings name, or the embedded one."""

from __future__ import annotations

from bot.orders.http import HttpShop, http_shop
from bot.orders.phones import region_of_locale
from bot.orders.policy import shop_policy
from bot.orders.sql import SqlShop
from bot.settings import Settings
from bot.storage.database import Database


def open_shop(settings: Settings, database: Database) -> SqlShop | HttpShop:
    """The shop at SHOP_URL; without one the embedded shop in `database`.

    Connects to nothing yet. `HttpShop.run` keeps its policy fresh and closes it in the end.
    """
    policy = shop_policy(settings)
    if settings.shop_url:
        token = settings.shop_token.get_secret_value()
        return http_shop(settings.shop_url, token, settings.shop_timeout_seconds, policy)
    return SqlShop(database, policy, region=region_of_locale(settings.locale))

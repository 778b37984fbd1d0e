"""Keeps out what Rasa imports at its start and neither a turn nor a training ever touches.

Rasa imports clients for nine messengers, four databases and two message brokers, a web framework, a plotting library
and a terminal toolkit before it answers anything: five of eight seconds, and 80 of 195 MB. The engine speaks with none
of them. The names below are found by a stand-in that refuses to be used (`tensorflow_stand_in` says how that works), so
whatever does need one of them fails loudly, at its first use. `rasa shell` and `rasa test` import the real ones.
"""

import sys
from collections.abc import Set

from tensorflow_stand_in import HINT as TENSORFLOW_HINT
from tensorflow_stand_in import Finder, is_needed

HINT = "the engine leaves it out to start quickly; remove it from bot/engine/quick_start.py if a component needs it"

RASA = {
    "rasa.cli.utils",
    "rasa.core.agent",
    "rasa.core.brokers",
    "rasa.core.http_interpreter",
    "rasa.core.jobs",
    "rasa.core.lock_store",
    "rasa.core.processor",
    "rasa.core.test",
    "rasa.core.tracker_store",
    "rasa.nlu.test",
    "rasa.server",
    "rasa.telemetry",
    "rasa.utils.plotting",
}

# Of no use without TensorFlow, and they import scikit-learn and pytest.
TENSORFLOW_ONLY = {"rasa.utils.tensorflow.data_generator", "rasa.utils.tensorflow.model_data"}

OTHERS = {
    "aiogram",
    "apscheduler",
    "boto3",
    "fbmessenger",
    "google.auth",
    "google.oauth2",
    "jwt",
    "matplotlib",
    "mattermostwrapper",
    "prompt_toolkit",
    "pymongo",
    "questionary",
    "redis",
    "requests_toolbelt",
    "rocketchat_API",
    "sanic",
    "sanic_cors",
    "sanic_jwt",
    "slack_sdk",
    "socketio",
    "sqlalchemy",
    "twilio",
    "webexteamssdk",
}


NOT_FOR_SERVING = RASA | OTHERS
# Training keeps a cache in SQLite, and tries rules against stories with functions of rasa.core.test.
NOT_FOR_TRAINING = (RASA | OTHERS) - {"sqlalchemy", "rasa.telemetry", "rasa.core.test"}


def leave_out(names: Set[str]) -> None:
    """Puts stand-ins in the place of `names`; to be called before the first import of Rasa.

    Where TensorFlow is installed nothing is left out: it needs some of this itself.
    """
    if is_needed() and not any(isinstance(finder, Finder) and finder.hint == HINT for finder in sys.meta_path):
        sys.meta_path[:0] = [Finder(names, HINT), Finder(TENSORFLOW_ONLY, TENSORFLOW_HINT)]

"""The installation's secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.settings import SettingsError, load_settings
from bot.storage.secret import derived_key, signing_secret


def test_a_secret_is_made_once_kept_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    settings = load_settings(demo=True, data_dir=tmp_path)
    secret = signing_secret(settings)
    assert len(secret) == 64
    assert signing_secret(settings) == secret
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"abc", bytes(range(128, 200))])
def test_a_damaged_secret_is_named_with_the_mend(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SettingsError, match="delete it"):
        signing_secret(load_settings(demo=True, data_dir=tmp_path))


def test_keys_for_different_purposes_differ() -> None:
    assert derived_key("s" * 32, "one") != derived_key("s" * 32, "other")

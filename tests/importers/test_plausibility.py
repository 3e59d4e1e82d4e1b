"""Files that may not be what they are taken for are doubted."""

from __future__ import annotations

import pytest
from support.feeds import OF_MODELS

from gaplab.importers.import_file import prepare, write_change


@pytest.mark.parametrize("how", ["column", "folder", "neighbours"])
def test_another_index_is_not_mixed_into_the_general_one(folder, bring, tmp_path, how):
    rows = [
        f"{name},{name},{value},1,299,2025-06-30,X,US,API access,C,"
        for name, value in (("Alpha 1", 40), ("Beta 1", 60))
    ]
    before = "\n".join([OF_MODELS, *(row.replace(",40,", ",140,").replace(",60,", ",150,") for row in rows)])
    bring("epoch", before, "2026-02-01")
    content = "\n".join([OF_MODELS, *rows])
    if how == "column":
        content = "\n".join([f"{OF_MODELS},general_model_name", *(f"{row},{row.split(',')[0]}" for row in rows)])
    place = tmp_path / ("cyber" if how == "folder" else "somewhere") / "eci_scores.csv"
    place.parent.mkdir()
    place.write_text(content, "utf-8")
    found = prepare("epoch", str(place), folder, vintage="2026-03-01")
    if how == "neighbours":
        assert any("is it another index?" in line for line in found.doubts)
    else:
        assert not found.doubts
        assert set(found.feeds[0].index_vintages["index"]) == {"epoch_cyber_eci"}


def test_an_old_copy_under_a_new_day_and_half_a_file_are_doubted(folder, tmp_path):
    names_ = [f"Model {number}" for number in range(60)]
    path = tmp_path / "eci_scores.csv"

    def ask(shift, day, kept=60):
        rows = [f"{n},{n},{100 + i + shift},90,299,2025-06-30,X,US,API access,C," for i, n in enumerate(names_[:kept])]
        path.write_text("\n".join([OF_MODELS, *rows]), "utf-8")
        return prepare("epoch", str(path), folder, vintage=day)

    for shift, day in ((0, "2026-02-01"), (0.5, "2026-03-01")):
        found = ask(shift, day)
        assert not found.doubts
        write_change(found)
    assert any("those of 2026-02-01: an old copy" in line for line in ask(0, "2026-04-01").doubts)
    names_[:12] = [f"Other {number}" for number in range(12)]
    assert any("is the file whole?" in line for line in ask(1, "2026-04-01").doubts) is False, "12 of 60 may go"
    names_[12:16] = [f"Other {number}" for number in range(12, 16)]
    assert any("is the file whole?" in line for line in ask(1, "2026-04-01").doubts)
    assert any("renamed?" in line for line in ask(0.5, "2026-04-01").doubts)
    assert any("does not change" in line for line in ask(2, "2026-03-01").doubts)

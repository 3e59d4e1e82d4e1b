"""Arena's tables."""

from __future__ import annotations

import pytest
from support.imports import table

from gaplab.errors import GaplabError
from gaplab.importers.import_file import prepare


@pytest.mark.parametrize(
    "content",
    [
        "snapshot_date,fetched_at,n_listed,rank,model,vendor,license,score,ci,votes\n"
        "2026-03-19,x,3,1,alpha-1,Acme,proprietary,1502,6,11671\n2026-03-19,x,3,2,delta-2,Bao,MIT,1450,±7,900\n",
        "model_name,organization,rating,rating_lower,rating_upper,category,leaderboard_publish_date\n"
        "alpha-1,Acme,1502,1496,1508,overall,2026-03-19\nalpha-1,Acme,1400,1390,1410,coding,2026-03-19\n"
        "delta-2,Bao,1450,1443,1457,overall,2026-03-19\n",
    ],
)
def test_arenas_tables_carry_their_own_days(folder, bring, content):
    found = bring("arena", content)
    rows = table(folder, "index_vintages").query("index == 'arena_text_elo'").set_index("model")
    assert rows.loc["Alpha 1", ["vintage", "value", "low", "high", "level"]].tolist() == [
        "2026-03-19", "1502.0", "1496.0", "1508.0", "0.95",
    ]  # fmt: skip
    assert rows.loc["delta-2", "value"] == "1450.0"
    assert table(folder, "models").set_index("model").loc["delta-2", ["developer", "country"]].tolist() == [
        "Bao",
        "unknown",
    ]
    assert any("CC BY" in note for note in found.feeds[0].notes)


@pytest.mark.parametrize("name", ["webdev_2026-03-01.csv", "vision/leaderboard.csv", "Image-board.csv"])
def test_another_board_is_refused_by_its_name(folder, tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("snapshot_date,model,elo\n2026-03-01,alpha-1,1400\n", "utf-8")
    with pytest.raises(GaplabError, match=r"named after the board \w+; expected the text leaderboard"):
        prepare("arena", str(path), folder)


@pytest.mark.parametrize("column", ["category", "leaderboard", "board", "arena"])
def test_rows_of_other_boards_are_left_out(folder, bring, column):
    bring("arena", f"snapshot_date,model,elo,{column}\n2026-03-01,alpha-1,1500,vision\n2026-03-01,alpha-1,1400,Text\n")
    assert table(folder, "index_vintages").query("index == 'arena_text_elo'")["value"].tolist() == ["1400.0"]

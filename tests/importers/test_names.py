"""Names that publishers spell otherwise."""

from __future__ import annotations

import time

import pytest
from support.imports import table

from gaplab.data.load import check_tables
from gaplab.errors import GaplabError
from gaplab.importers import names
from gaplab.importers.import_file import prepare


def test_names_spelt_freely_match_only_what_is_the_same(folder):
    known = names.known_names(folder, ["Command R+", "GPT-4.1", "Alpha 1"])
    assert known.model_spelt_freely("command-r-plus") == "Command R+"
    assert known.model_spelt_freely("command-r") is None
    assert known.model_spelt_freely("gpt-4-1") == "GPT-4.1"
    assert known.model_spelt_freely("alpha_1_xhigh") == known.model_spelt_freely("alpha-1 (Thinking, 16k)") == "Alpha 1"
    assert known.model_spelt_freely("alpha-1-max") is None, "may be another model"
    assert known.look_alike("alpha-1-max") == "Alpha 1"
    assert names.known_names(folder, ["GPT-41", "GPT-4.1"]).model_spelt_freely("gpt 41") is None, "two fit"


@pytest.mark.parametrize(
    ("spelling", "model", "alike"),
    [
        ("lab/GPT-4.1", "GPT-4.1", None),
        ("us.lab.gpt-4-1-thinking", "GPT-4.1", None),
        ("ＧＰＴ-4.1", "GPT-4.1", None),
        ("GPT\u20114.1\u200b (high)", "GPT-4.1", None),
        ("lab.gpt-4-1-v1:0", None, "GPT-4.1"),
        ("GPT-4.1 Instant", None, "GPT-4.1"),
        ("GPT-4.1 (Reasoner)", None, "GPT-4.1"),
        ("gpt-4.10", None, None),
        ("lab/other-4.1", None, None),
    ],
)
def test_hosts_wide_letters_and_signs_without_width_make_no_other_model(folder, spelling, model, alike):
    known = names.known_names(folder, ["GPT-4.1", "GPT-4"])
    assert known.model_spelt_freely(spelling) == model
    assert model or known.look_alike(spelling) == alike


def test_a_name_that_may_be_a_listed_model_is_held_back(folder, bring):
    content = (
        "snapshot_date,model,elo\n2026-03-01,alpha-1-high,1400\n2026-03-01,Alpha-1-max,1410\n2026-03-01,beta-1,1300\n"
    )
    found = bring("arena", content)
    values = table(folder, "index_vintages").query("index == 'arena_text_elo'").set_index("model")["value"]
    assert values.to_dict() == {"Alpha 1": "1400.0", "Beta 1": "1300.0"}
    (line,) = found.held_back
    assert '"Alpha-1-max" is held back: it may be "Alpha 1"' in line


def test_spellings_lead_on_from_one_to_the_next(folder):
    (folder / "build" / "known_versions.csv").write_text("version,model\nkimi-k2-0711-Preview,Kimi K2\n", "utf-8")
    (folder / "build" / "merged_names.csv").write_text("name,model\nKimi K2,Kimi K2 (Jul 2025)\n", "utf-8")
    known = names.known_names(folder, ["Kimi K2 (Jul 2025)", "Sonnet (October 2024)"])
    assert known.model("KIMI_K2_0711_preview") == "Kimi K2 (Jul 2025)"
    assert known.model("Sonnet (Oct 2024)") == "Sonnet (October 2024)"


def test_thousands_of_unknown_models_take_seconds(folder, tmp_path):
    path = tmp_path / "arena.csv"
    path.write_text(
        "snapshot_date,model,elo\n" + "".join(f"2026-03-01,unheard-{i}x,1400\n" for i in range(4_000)), "utf-8"
    )
    start = time.process_time()
    found = prepare("arena", str(path), folder)
    assert len(found.unknown) == 4_000
    assert time.process_time() - start < 10


def test_a_control_character_in_a_table_by_hand_is_refused_where_it_stands(folder):
    path = folder / "build" / "countries.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("code,country\nCN,\x00China\n", "utf-8")
    with pytest.raises(GaplabError) as caught:
        names.handmade_table(folder, "countries")
    (problem,) = caught.value.problems
    assert "countries.csv row 2: column country holds a control character" in problem
    assert check_tables(folder) == [], "and no spelling is taken from it"

"""Access events, claims and findings."""

from __future__ import annotations

from support.feeds import EVENTS, OF_MODELS
from support.imports import bytes_of, score, table


def test_access_events_become_periods(folder, bring):
    (folder / "build" / "countries.csv").write_text("code,country\nUS,US\nUnited States of America,US\n", "utf-8")
    bring("facts", EVENTS)
    rows = table(folder, "access").query(
        "model.str.startswith('Gamma 5') or model.str.startswith('Rho')", engine="python"
    )
    assert rows[["model", "state", "from", "to"]].to_numpy().tolist() == [
        ["Gamma 5", "public", "2026-06-09", "2026-06-12"],
        ["Gamma 5", "public", "2026-07-01", ""],
        ["Gamma 5", "suspended", "2026-06-12", "2026-07-01"],
        ["Rho 1 Luna", "public", "2026-07-09", ""],
        ["Rho 1 Luna", "trusted", "2026-06-26", "2026-07-09"],
        ["Rho 1 Sol", "public", "2026-07-09", ""],
        ["Rho 1 Sol", "trusted", "2026-06-26", "2026-07-09"],
    ]
    assert "Beta 1" not in set(table(folder, "access")["model"]), "its release date tells as much"
    model = table(folder, "models").set_index("model").loc["Gamma 5"]
    assert model[["developer", "country", "release_date"]].tolist() == ["Acme", "US", "2026-06-09"]
    assert bring("facts", EVENTS).is_empty


def test_a_claim_is_taken_with_what_it_measures_or_held_back(folder, bring):
    (folder / "build" / "claims.csv").write_text(
        "claim_id,form,scope,domain,functional,independence_group,note\nfive,interval,public,general,unknown,x,y\n",
        "utf-8",
    )
    head = (
        "claim_id,publisher,url,date_published,as_of_date,low_months,central_months,high_months,central_origin,kind,"
        "date_certainty\n"
    )
    row = ",Acme,https://acme.example,2026-07-01,2026-07-01,3,4,5,midpoint_of_stated_range,judgement,approximate\n"
    found = bring("facts", head + "five" + row + "six" + row)
    claim = table(folder, "claims").set_index("claim_id").loc["five"]
    assert claim[["low", "central", "high", "note", "scope"]].tolist() == [
        "3",
        "",
        "5",
        "y; its day is approximate",
        "public",
    ]
    assert any("six" in line for line in found.held_back)


def test_findings_of_caisi_are_scores_of_their_report(folder, bring):
    (folder / "build" / "caisi_benchmarks.csv").write_text("name,benchmark\nGPQA-Diamond,GPQA diamond\nElo,\n", "utf-8")
    content = (
        "eval_id,date_published,model,developer,country,benchmark,score,score_ci95_halfwidth,unit,source_url\n"
        "caisi_2026-07_beta,2026-07-17,Beta 1,Bao,China,GPQA-Diamond,71,9.8,percent,https://nist.example\n"
        "caisi_2026-07_beta,2026-07-17,top US models (average),,US,GPQA-Diamond,90,,percent,https://nist.example\n"
        "caisi_2026-07_beta,2026-07-17,Beta 1,Bao,China,Elo,2020,,Elo,https://nist.example\n"
        "caisi_2026-07_beta,2026-07-17,Beta 1,Bao,China,New Test,20,,percent,https://nist.example\n"
    )
    found = bring("facts", content)
    row = score(folder, "Beta 1", "GPQA diamond", "caisi_2026_07")
    assert (row["score"], row["standard_error"], row["first_seen"]) == ("0.71", "0.05", "2026-07-17")
    assert len(found.added["scores"]) == 1
    assert any("New Test" in line for line in found.held_back)


def test_a_model_that_only_some_could_use_when_it_came_out_is_not_public(folder, bring):
    content = (
        "model,developer,country,release_date,access_at_release,weights\nNew 1,Acme,US,2026-02-01,limited preview,\n"
        "New 2,Acme,US,2026-02-02,unreleased,closed\nNew 3,Bao,China,2026-02-03,public,open\n"
    )
    bring("facts", content, name="model_releases.csv")
    models = table(folder, "models").set_index("model")["release_date"]
    assert models[["New 1", "New 2", "New 3"]].tolist() == ["", "", "2026-02-03"]
    states = table(folder, "access").query("model.str.startswith('New')")[["model", "state", "from"]]
    assert states.to_numpy().tolist() == [["New 1", "trusted", "2026-02-01"], ["New 2", "internal", "2026-02-02"]]


def test_who_could_use_a_model_in_words_of_two_files_is_told_in_either_order(folder, bring):
    index = f"{OF_MODELS}\nNew 1,New 1,150,140,160,2026-02-01,Acme,US,API access,,\n"
    releases = "model,developer,country,release_date,access_at_release,weights\nNew 1,Acme,US,2026-02-01,gated,closed\n"
    before = bytes_of(folder)
    bring("epoch", index, "2026-03-01")
    told = bring("facts", releases).disagreements
    assert "New 1: out since 2026-02-01 in models.csv and trusted in the file; ours stays" in told
    for name, content in before.items():
        (folder / name).write_bytes(content)
    bring("facts", releases)
    told = bring("epoch", index, "2026-03-01").disagreements
    assert "New 1: not public in access.csv and out on 2026-02-01 in the file; ours stays" in told


def test_events_and_releases_give_the_same_access_in_either_order(folder, bring):
    releases = (
        "model,developer,country,release_date,access_at_release,weights\nRho 1 Sol,Acme,US,2026-06-26,gated,closed\n"
    )
    before = bytes_of(folder)
    found = []
    for order in ((EVENTS, releases), (releases, EVENTS)):
        for name, content in before.items():
            (folder / name).write_bytes(content)
        for content in order:
            bring("facts", content)
            assert bring("facts", content).is_empty
        rows = table(folder, "access").query("model == 'Rho 1 Sol'").drop(columns="source_url")
        found.append(rows.to_numpy().tolist())
    assert found[0] == found[1] == [
        ["Rho 1 Sol", "public", "2026-07-09", ""], ["Rho 1 Sol", "trusted", "2026-06-26", "2026-07-09"],
    ]  # fmt: skip


def test_events_that_begin_nothing_are_named(bring):
    found = bring("facts", EVENTS + EVENTS.splitlines()[-1].replace("public", "to all friends") + "\n", write=False)
    assert any("begin no state of access here" in line and "to all friends" in line for line in found.lines())

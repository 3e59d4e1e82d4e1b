"""Publishers' files, in their formats."""

from __future__ import annotations

import io
import zipfile

OLDER_COLUMNS = (
    "model_id,benchmark_id,performance,benchmark,benchmark_release_date,optimized,is_math,is_coding,model,model_version,"
    "Model,model_group,Model aggregation,Model Aggregation Date,date,source"
)
NEWER_COLUMNS = (
    "model_id,benchmark_id,performance,benchmark,benchmark_release_date,optimized,model,model_version,Model,model_group,"
    "Model aggregation,Model Aggregation Date,date,source"
)
OF_VERSIONS = (
    "Model version,ECI Score,Release date,Organization,Country,Model accessibility,Training compute (FLOP),Confidence,"
    "Model name,Description,Display name"
)
OF_MODELS = (
    "Model,Display name,eci,eci_ci_low,eci_ci_high,date,Organization,Country (of organization),Model accessibility,"
    "Accessibility group,model_versions"
)
HORIZON = """
  {name}:
    benchmark_name: METR-Horizon-v{suite}
    metrics:
      average_score: {{estimate: 0.5}}
      is_sota: true
      p50_horizon_length: {{ci_high: {high}, ci_low: {low}, estimate: {estimate}}}
      p80_horizon_length: {{ci_high: 20.0, ci_low: 2.0, estimate: 8.0}}
    release_date: 2025-01-10
    scaffolds: [a/b]"""

VERSIONS = (
    f"{OF_VERSIONS}\n"
    "alpha-1-2025-01-10_high,141.5,2025-01-10,Acme,United States of America,API access,,Likely,Alpha 1,,Alpha 1\n"
    "alpha-1-2025-01-10_low,139.0,2025-01-10,Acme,United States of America,API access,,Likely,Alpha 1,,Alpha 1 (low)\n"
    'delta-2_max,150.25,2026-02-01,Bao,China,Open weights (unrestricted),,Likely,"Delta 2\n",,Delta 2\n'
    'omega,120,2026-02-02,Two Labs,"United States of America,China",,,,Omega,,Omega\n'
    "vision-3,110,2026-02-02,Acme,China,,,,Vision 3,,Vision 3\n"
    "beta-1,,2025-05-20,Bao,China,,,,Beta 1,,Beta 1\n"
)

GPQA = (
    "Model version,mean_score,Best score (across scorers),Release date,Organization,Country,stderr,Log viewer,"
    "Started at\n"
    "alpha-1-2025-01-10_high,0.7,0.7,2025-01-10,Acme,US,0.03,https://x.example,2026-02-03T16:01:38.000Z\n"
    "delta-2_low,0.4,0.4,2026-02-01,Bao,China,0.03,https://x.example,2026-02-04T16:01:38.000Z\n"
    "delta-2_max,0.625,0.625,2026-02-01,Bao,China,0.03,https://x.example,2026-02-05T16:01:38.000Z\n"
    "nobody-knows,0.9,0.9,2026-02-01,Bao,China,0.03,https://x.example,2026-02-05T16:01:38.000Z\n"
)

EVENTS = (
    "model,developer,country,event_date,state,audience,source_url\n"
    "Gamma 5,ACME,United States of America,2026-06-09,public,all,https://acme.example/gamma\n"
    "Gamma 5,Acme,US,2026-06-12,withdrawn,,https://acme.example/gamma\n"
    "Gamma 5,Acme,US,2026-06-30,control rescinded,,https://acme.example/gamma\n"
    "Gamma 5,Acme,US,2026-07-01,public again,,https://acme.example/gamma\n"
    "Rho 1 (Sol Luna),Acme,US,2026-06-26,limited preview,,https://acme.example/rho\n"
    "Rho 1 (Sol Luna),Acme,US,2026-07-09,public,,https://acme.example/rho\n"
    "Beta 1,Bao,China,2025-05-20,public,,https://bao.example\n"
)


def matrix(*rows: tuple, older: bool = False) -> str:
    """The matrix with rows of (performance, benchmark, model, version, date, source)."""
    lines = [OLDER_COLUMNS if older else NEWER_COLUMNS]
    for performance, benchmark, model, version, date, source in rows:
        flags = "TRUE,FALSE,FALSE" if older else "True"
        lines.append(f"m1,b1,{performance},{benchmark},2023-11-20,{flags},{model},{version},,{model},,,{date},{source}")
    return "\n".join(lines) + "\n"


def metr_file(*rows: dict, header: str = "METR-Horizon-v1.1") -> str:
    given = {"suite": "1.1", "low": 30.0, "high": 120.0, "estimate": 60.0}
    return f"benchmark_name: {header}\nresults:" + "".join(HORIZON.format(**(given | row)) for row in rows) + "\n"


def bundle(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"benchmark_data/{name}", text)
    return content.getvalue()

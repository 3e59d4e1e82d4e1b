// The ability model of gaplab/models/ability/definition.py, with the same priors and constraints, as a user of Stan would
// write it: general abilities are centred, and what few scores inform is not. Names are those of the definition; names
// that end in `_free` are standard normal. The numbers of the priors come with the data.
data {
  int<lower=1> n_models;
  int<lower=1> n_benchmarks;
  int<lower=1> n_terms;
  int<lower=2> n_domains;
  int<lower=1> n_cells;
  int<lower=0> n_effects;
  int<lower=0> n_points;
  int<lower=0> n_most;
  int<lower=0> n_horizons;
  int<lower=0> n_minutes;
  int<lower=0> n_bounds;
  int<lower=0> n_links;

  matrix[n_models, n_terms] line;
  vector[n_terms] prior_mean;
  vector<lower=0>[n_terms] prior_sd;
  vector[n_benchmarks] reference;
  array[n_cells] int<lower=1, upper=n_models> cell_model;
  array[n_cells] int<lower=1, upper=n_domains> cell_domain;
  vector[n_models] follower;
  vector[n_effects] effect_mean;
  vector<lower=0>[n_effects] effect_sd;

  // Scores, then those of which only an upper bound is known, then those with a lower bound.
  int<lower=1> n_scores;
  array[n_scores] int<lower=1, upper=n_cells> cell;
  array[n_scores] int<lower=1, upper=n_benchmarks> benchmark;
  vector[n_scores] score;
  vector[n_scores] one_in_items;
  vector[n_scores] bottom;
  vector[n_scores] width;
  matrix[n_scores, n_effects] effects;

  // Task horizons, then those of which only a lower bound is known.
  vector[n_horizons] horizon_reference;
  array[n_minutes] int<lower=1, upper=n_cells> minute_cell;
  array[n_minutes] int<lower=1, upper=n_horizons> minute_horizon;
  vector[n_minutes] log2_minutes;
  vector[n_minutes] minute_error;

  array[n_links] int<lower=1, upper=n_models> link_model;
  array[n_links] int<lower=1, upper=n_models> link_reference;
  vector[n_links] link_points;
  vector<lower=0>[n_links] link_sd;
  int<lower=1, upper=n_models> low_anchor;
  int<lower=1, upper=n_models> high_anchor;
  real link_span;

  real<lower=0> ability_sd;
  real<lower=0> discrimination_sd;
  real<lower=0> intercept_sd;
  array[2] real omega_centre;
  real<lower=0> omega_spread_sd;
  real<lower=0> omega_floor;
  real<lower=0> domain_follower_sd;
  array[2] real domain_spread;
  array[2] real horizon_slope_prior;
  array[2] real horizon_intercept_prior;
  array[2] real horizon_sd_prior;
}
parameters {
  vector[n_terms] prior;
  real<lower=0> sigma;
  vector[n_models] theta;
  real<lower=0> tau_a;
  sum_to_zero_vector[n_benchmarks] log_a_free;
  vector[n_benchmarks] intercept;
  real omega_mean;
  real<lower=0> omega_spread;
  vector[n_benchmarks] omega_free;
  sum_to_zero_vector[n_domains] domain_follower;
  vector<lower=0>[n_domains] domain_sd;
  vector[n_cells] domain_free;
  vector[n_effects] effect_raw;
  vector<lower=0>[n_horizons] horizon_slope;
  vector[n_horizons] horizon_intercept;
  vector<lower=0>[n_horizons] horizon_sd;
}
transformed parameters {
  vector[n_benchmarks] log_a = tau_a * log_a_free;
  vector[n_effects] bias = effect_mean + effect_sd .* effect_raw;
  vector[n_cells] domain_ability = domain_follower[cell_domain] .* follower[cell_model]
                                   + domain_sd[cell_domain] .* domain_free;
}
model {
  vector[n_benchmarks] a = exp(log_a);
  vector[n_benchmarks] omega = omega_floor + (1 - omega_floor) * inv_logit(omega_mean + omega_spread * omega_free);
  vector[n_cells] ability = theta[cell_model] + domain_ability;
  vector[n_scores] phi = 1.0 ./ (one_in_items + (1 - one_in_items) .* omega[benchmark]) - 1;
  vector[n_scores] eta = a[benchmark] .* (ability[cell] - reference[benchmark]) + intercept[benchmark]
                         + effects * bias;
  vector[n_scores] mu = bottom + width .* inv_logit(eta);

  prior ~ normal(prior_mean, prior_sd);
  sigma ~ normal(0, ability_sd);
  theta ~ normal(line * prior, sigma);
  tau_a ~ normal(0, discrimination_sd);
  log_a_free ~ std_normal();
  intercept ~ normal(0, intercept_sd);
  omega_mean ~ normal(omega_centre[1], omega_centre[2]);
  omega_spread ~ normal(0, omega_spread_sd);
  omega_free ~ std_normal();
  domain_follower ~ normal(0, domain_follower_sd);
  domain_sd ~ lognormal(domain_spread[1], domain_spread[2]);
  domain_free ~ std_normal();
  effect_raw ~ std_normal();

  score[1:n_points] ~ beta_proportion(mu[1:n_points], phi[1:n_points]);
  for (n in n_points + 1:n_points + n_most)
    target += beta_proportion_lcdf(score[n] | mu[n], phi[n]);
  for (n in n_points + n_most + 1:n_scores)
    target += beta_proportion_lccdf(score[n] | mu[n], phi[n]);

  horizon_slope ~ lognormal(horizon_slope_prior[1], horizon_slope_prior[2]);
  horizon_intercept ~ normal(horizon_intercept_prior[1], horizon_intercept_prior[2]);
  horizon_sd ~ lognormal(horizon_sd_prior[1], horizon_sd_prior[2]);
  {
    vector[n_minutes] expected = horizon_intercept[minute_horizon]
      + horizon_slope[minute_horizon] .* (ability[minute_cell] - horizon_reference[minute_horizon]);
    vector[n_minutes] total = sqrt(square(horizon_sd[minute_horizon]) + square(minute_error));
    int n_exact = n_minutes - n_bounds;
    log2_minutes[1:n_exact] ~ normal(expected[1:n_exact], total[1:n_exact]);
    for (n in n_exact + 1:n_minutes)
      target += normal_lccdf(log2_minutes[n] | expected[n], total[n]);
  }
  if (n_links > 0) {
    real points_per_logit = link_span / (theta[high_anchor] - theta[low_anchor]);
    link_points ~ normal(points_per_logit * (theta[link_model] - theta[link_reference]), link_sd);
  }
}

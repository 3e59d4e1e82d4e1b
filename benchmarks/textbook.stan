// The textbook form: two-parameter item-response model with a normal error for each test.
data {
  int<lower=1> n_models;
  int<lower=1> n_benchmarks;
  int<lower=1> n_scores;
  array[n_scores] int<lower=1, upper=n_models> model_of;
  array[n_scores] int<lower=1, upper=n_benchmarks> benchmark_of;
  vector[n_scores] score;
}
parameters {
  vector[n_models] theta;
  vector[n_benchmarks] log_a;
  vector[n_benchmarks] difficulty;
  vector<lower=0>[n_benchmarks] noise;
}
model {
  theta ~ normal(0, 1);
  log_a ~ normal(0, 0.5);
  difficulty ~ normal(0, 1.5);
  noise ~ normal(0, 0.2);
  score ~ normal(inv_logit(exp(log_a[benchmark_of]) .* (theta[model_of] - difficulty[benchmark_of])),
                 noise[benchmark_of]);
}

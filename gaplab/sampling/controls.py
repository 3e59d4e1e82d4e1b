"""Control variates from the gradients at draws: means and covariances with less Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Controls:
    """Newton steps at draws of some coordinates x: a matrix S times the gradient of the log density.

    Over the density, whatever S is, the mean of the step is zero and its covariance with x is -S (Stein's identity).
    Averages over draws differ from these by Monte Carlo error alone. Where the density is normal and S its covariance,
    a step is minus the distance from the mean, so that it has all the Monte Carlo error of x.

    Attributes
    ----------
    newton : array [..., x]
        Steps at the draws.
    variances : array [x]
    loadings : array [x, factor]
        S is diag(variances) + loadings loadings'.

    References
    ----------
    Mira, Solgi & Imparato (2013), doi:10.1007/s11222-012-9344-6.
    """

    newton: np.ndarray
    variances: np.ndarray
    loadings: np.ndarray

    def select(self, which: np.ndarray) -> Controls:
        """Those of some of the coordinates."""
        return Controls(self.newton[..., which], self.variances[which], self.loadings[which])

    def corrections(self, draws: np.ndarray, projection: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What to add to the mean and to the covariance of projected draws.

        Each coordinate's step has the coefficient that reduces the variance of its mean most.

        Parameters
        ----------
        draws : array [sample, x]
            Draws of x that the steps belong to.
        projection : array [x, x]
            Symmetric.

        Returns
        -------
        array [x]
        array [x, x]
        """
        newton, away = self.newton, draws - draws.mean(axis=0)
        share = -(away * newton).mean(axis=0) / newton.var(axis=0)
        steps = (newton * share) @ projection
        covariance = np.diag(self.variances) + self.loadings @ self.loadings.T
        product = (away @ projection).T @ steps / len(draws) + projection @ (covariance * share) @ projection
        return steps.mean(axis=0), (product + product.T) / 2

"""Coordinates in which a density of a known curvature is nearly isotropic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gaplab.sampling.compiled import njit
from gaplab.sampling.curvature import Curvature


@dataclass(frozen=True)
class Geometry:
    """The affine map x = centre + A z, where A takes blocks of local variables and a core in turn.

    x_core = centre + core z_core, and with dx_core = x_core - centre
    x_local = centre + blocks (z_local - blocks' cross dx_core):
    for a Gaussian, `blocks` is a root of the inverse curvature of each block,
    `cross` the curvature between local and core variables, `core` a root
    of the inverse Schur complement. The first two are sparse; the last is lower triangular and of single
    precision, since it may be too large for a cache.
    """

    centre: np.ndarray
    blocks: csr_array
    cross: csr_array
    core: np.ndarray

    @classmethod
    def of(cls, curvature: Curvature, block: np.ndarray) -> Geometry:
        """In which a Gaussian of this curvature is isotropic."""
        n, matrix = block.size, curvature.matrix
        cross, root = csr_array(matrix[:n, n:]), _block_roots(csr_array(matrix[:n, :n]), block)
        held = root.T @ cross
        schur = (matrix[n:, n:] - held.T @ held).toarray()
        eigenvalues, vectors = np.linalg.eigh((schur + schur.T) / 2)
        covariance = (vectors / np.maximum(eigenvalues, 0.05)) @ vectors.T
        return cls(curvature.centre, root, cross, np.linalg.cholesky(covariance).astype(np.float32))

    def covariance(self, many: int) -> tuple[np.ndarray, np.ndarray]:
        """Variances [many] and loadings [many, core] of the first coordinates where z has a covariance of one.

        Their covariance is diag(variances) + loadings loadings'. Each of them is in a block of its own.
        """
        first = csr_array(self.blocks[:many])
        return first.power(2).sum(axis=1), (first @ (self.blocks.T @ self.cross)) @ self.core

    def arrays(self) -> tuple:
        """What `to_x` and `to_z` take."""
        sparse = tuple(_arrays(part) for part in (self.blocks, self.blocks.T, self.cross, self.cross.T))
        return self.centre, sparse, self.core


def _block_roots(curvature: csr_array, block: np.ndarray) -> csr_array:
    """R with R R' the inverse of a block-diagonal matrix whose blocks need not be contiguous."""
    order = np.argsort(block, kind="stable")
    rows, columns, values = [np.empty(0, int)], [np.empty(0, int)], [np.empty(0)]
    for members in np.split(order, np.flatnonzero(np.diff(block[order])) + 1) if len(order) else []:
        dense = curvature[members][:, members].toarray()
        eigenvalues, vectors = np.linalg.eigh((dense + dense.T) / 2)
        # Order variables by the number of their couplings, so that the triangular root stays sparse.
        ordered = np.argsort(np.count_nonzero(dense, axis=0), kind="stable")
        curved = ((vectors * np.maximum(eigenvalues, 1e-3)) @ vectors.T)[np.ix_(ordered, ordered)]
        root = np.linalg.inv(np.linalg.cholesky(curved)).T
        row, column = np.nonzero(np.abs(root) > 1e-9 * np.abs(root).max())
        rows.append(members[ordered][row])
        columns.append(members[ordered][column])
        values.append(root[row, column])
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return csr_array(entries, shape=(len(block), len(block)))


def _arrays(matrix: csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = csr_array(matrix)
    return rows.indptr, rows.indices, rows.data.astype(float)


@njit(cache=True, error_model="numpy")
def to_x(z, x, geometry):
    """The vector that z stands for, into x."""
    centre, (blocks, blocks_t, cross, _), core = geometry
    n = blocks[0].size - 1
    moved = _triangle_times(core, z[n:])
    for i in range(moved.size):
        x[n + i] = centre[n + i] + moved[i]
    if n:
        rest = _times(blocks_t, _times(cross, moved))
        for i in range(n):
            rest[i] = z[i] - rest[i]
        moved = _times(blocks, rest)
        for i in range(n):
            x[i] = centre[i] + moved[i]


@njit(cache=True, error_model="numpy")
def to_z(gradient, geometry):
    """From the gradient in x, in place."""
    _, (blocks, blocks_t, _, cross_t), core = geometry
    n = blocks[0].size - 1
    total = gradient[n:].copy()
    if n:
        local = _times(blocks_t, gradient[:n])
        pull = _times(cross_t, _times(blocks, local))
        for i in range(n):
            gradient[i] = local[i]
        for i in range(total.size):
            total[i] -= pull[i]
    total = _times_triangle(total, core)
    for i in range(total.size):
        gradient[n + i] = total[i]


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _times(matrix, vector):
    """A sparse matrix times a vector."""
    start, column, value = matrix
    out = np.empty(start.size - 1)
    for row in range(out.size):
        total = 0.0
        for entry in range(start[row], start[row + 1]):
            total += value[entry] * vector[column[entry]]
        out[row] = total
    return out


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _triangle_times(matrix, vector):
    """A lower triangular matrix times a vector."""
    out = np.empty(vector.size)
    for row in range(vector.size):
        total = 0.0
        for column in range(row + 1):
            total += matrix[row, column] * vector[column]
        out[row] = total
    return out


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _times_triangle(vector, matrix):
    """A vector times a lower triangular matrix."""
    out = np.zeros(vector.size)
    for row in range(vector.size):
        factor = vector[row]
        for column in range(row + 1):
            out[column] += matrix[row, column] * factor
    return out

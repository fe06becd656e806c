"""OpenCV's separable filters as matrices, so that a batch of pictures, each with a blur of its own, is one product.

``matrix @ a`` filters the columns of ``a`` (..., rows, columns), ``a @ matrix.mT`` its rows; borders are in the matrix.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Float32 = NDArray[np.float32]


def filter_matrix(n: int, kernel: Sequence[float] | NDArray[np.float64]) -> Float32:
    """(n, n): correlation with ``kernel`` (odd length) over ``n`` samples, mirrored at the borders as cv2 does."""
    taps = np.asarray(kernel, dtype=np.float64).reshape(-1, 1)
    return np.asarray(
        cv2.sepFilter2D(np.eye(n, dtype=np.float32), cv2.CV_32F, np.ones((1, 1)), taps), np.float32
    )


def gaussian_kernel(sigma: float) -> NDArray[np.float64]:
    """The kernel that :func:`cv2.GaussianBlur` takes for float pictures."""
    return np.asarray(cv2.getGaussianKernel(2 * int(_reach(np.array([sigma]))[0]) + 1, sigma)[:, 0])


def _reach(sigma: NDArray[np.float64]) -> NDArray[np.int64]:
    """Samples on either side of the middle of cv2's Gaussian kernel for float pictures."""
    return (np.rint(sigma * 8.0 + 1.0).astype(np.int64) | 1) // 2


def gaussian_matrices(sigma: Sequence[float], n: int, device: torch.device, *, replicate: bool) -> Tensor:
    """(B, n, n) float32: :func:`cv2.GaussianBlur` by each ``sigma`` over ``n`` samples.

    Beyond the border the last sample goes on (``replicate``), or the picture is mirrored about it.
    """
    wide = np.asarray(sigma, dtype=np.float64)
    reach = _reach(wide)
    pad = int(reach.max()) if replicate else min(int(reach.max()), n - 1)  # a mirror shows the picture once
    offset = torch.arange(-pad, n + pad, device=device) - torch.arange(n, device=device)[:, None]
    inverse = torch.from_numpy((1.0 / wide).astype(np.float32)).to(device)[:, None, None]
    limit = torch.from_numpy(reach).to(device)[:, None, None]
    band = torch.exp(-0.5 * (offset * inverse) ** 2) * (offset.abs() <= limit)
    band /= band.sum(-1, keepdim=True)
    before, out, after = band[..., :pad], band[..., pad : pad + n].clone(), band[..., pad + n :]
    if replicate:
        out[..., 0] += before.sum(-1)
        out[..., -1] += after.sum(-1)
    else:
        out[..., 1 : pad + 1] += before.flip(-1)
        out[..., n - 1 - pad : n - 1] += after.flip(-1)
    return out


def upsampling_matrix(n: int, given: int) -> Float32:
    """(n, given): :func:`cv2.resize`, linear, from ``given`` samples to ``n``."""
    one = np.eye(given, dtype=np.float32)
    return np.asarray(cv2.resize(one, (given, n), interpolation=cv2.INTER_LINEAR), np.float32)

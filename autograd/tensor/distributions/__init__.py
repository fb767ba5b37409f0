"""Probability distributions, under the names of `torch.distributions`."""

from autograd.tensor.distributions.continuous import Normal, Uniform
from autograd.tensor.distributions.discrete import Bernoulli, Categorical
from autograd.tensor.distributions.distribution import Distribution, kl_divergence

__all__ = ["Bernoulli", "Categorical", "Distribution", "Normal", "Uniform", "kl_divergence"]

"""The small GPT of chapter 19, as PyTorch's names write it: with `import torch` above it runs on PyTorch.

Its weights have the names of those in the engine that the reader builds, so a file of weights serves all three.

Sources: Vaswani et al. 2017, "Attention is all you need"; Radford et al. 2019, "Language models are unsupervised
multitask learners".
"""

import autograd.tensor as torch
from autograd.tensor import nn


class SelfAttention(nn.Module):
    """Attention in several heads, in which each token sees itself and those before it: (n, T, width) to the same."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, length, width = x.shape
        q, k, v = (
            layer(x).reshape(n, length, self.heads, -1).transpose(1, 2) for layer in (self.query, self.key, self.value)
        )
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(mixed.transpose(1, 2).reshape(n, length, width))


class Block(nn.Module):
    """Adds to x (n, T, width) what attention finds in it, and then what a small network makes of each token."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.before_attention, self.attention = nn.LayerNorm(width), SelfAttention(width, heads)
        self.before_wide = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.before_attention(x))
        return x + self.narrow(self.wide(self.before_wide(x)).relu())


class GPT(nn.Module):
    """Scores (n, T, tokens) for the token that follows each one of numbers (n, T), from all up to that one."""

    def __init__(self, tokens: int, context: int, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.context = context
        self.tokens, self.places = nn.Embedding(tokens, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.norm, self.scores = nn.LayerNorm(width), nn.Linear(width, tokens)
        # Numbers of spread 1, the start of an Embedding, would drown for long what the blocks add to them.
        for table in (self.tokens, self.places):
            nn.init.normal_(table.weight, std=0.05)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        x = self.tokens(numbers) + self.places(torch.arange(numbers.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.scores(self.norm(x))

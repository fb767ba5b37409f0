"""The transformer: an encoder, a decoder, and both together.

Sources: Vaswani et al. 2017, "Attention is all you need"; `norm_first`: Xiong et al. 2020, "On layer normalization in
the transformer architecture".
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.nn import functional as F
from autograd.tensor.nn import init
from autograd.tensor.nn.activations import Dropout
from autograd.tensor.nn.attention import MultiheadAttention
from autograd.tensor.nn.containers import ModuleList
from autograd.tensor.nn.layers import LayerNorm, Linear
from autograd.tensor.nn.module import Module

Activation = str | Callable[[Tensor], Tensor]


class TransformerLayer(Module):
    """The base class of the encoder's and the decoder's layer: attentions, then two linear layers at each place.

    Each part adds to its input, and the sum is normalized: y = norm(x + part(x)); with `norm_first` the part's input
    is normalized instead: y = x + part(norm(x)).
    """

    attentions: tuple[str, ...]

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if isinstance(activation, str) and activation not in ("relu", "gelu"):
            raise RuntimeError(f"activation should be relu/gelu, not {activation}")
        for name in self.attentions:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype))
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype)
        self.norm_first = norm_first
        parts = range(1, len(self.attentions) + 2)
        for i in parts:
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        for i in parts:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = getattr(F, activation) if isinstance(activation, str) else activation

    def _add(self, i: int, x: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        """Return x plus what part number i makes of it, normalized."""
        norm, dropout = getattr(self, f"norm{i}"), getattr(self, f"dropout{i}")
        y: Tensor = x + dropout(part(norm(x))) if self.norm_first else norm(x + dropout(part(x)))
        return y

    def _feed_forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return y


class TransformerEncoderLayer(TransformerLayer):
    """Self-attention, then two linear layers at each place; each part adds to its input, and the sum is normalized.

    y = norm1(x + attention(x)), norm2(y + network(y)); with `norm_first` y = x + attention(norm1(x)) and so on.
    """

    attentions = ("self_attn",)

    def forward(
        self, src: Tensor, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """Return the layer's output for src (l, n, d_model); masks as in MultiheadAttention."""

        def attend(x: Tensor) -> Tensor:
            y: Tensor = self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)[0]
            return y

        return self._add(2, self._add(1, src, attend), self._feed_forward)


class TransformerDecoderLayer(TransformerLayer):
    """Self-attention, attention to the encoder's output, then two linear layers at each place.

    Each part adds to its input, and the sum is normalized, as in TransformerEncoderLayer.
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """Return the layer's output for tgt (l, n, d_model), given the encoder's output, memory (s, n, d_model).

        Masks are those of MultiheadAttention: `tgt_` for tgt as keys, `memory_` for memory as keys.
        """

        def attend(x: Tensor) -> Tensor:
            y: Tensor = self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)[0]
            return y

        def look_back(x: Tensor) -> Tensor:
            masks = memory_key_padding_mask, False, memory_mask
            y: Tensor = self.multihead_attn(x, memory, memory, *masks, is_causal=memory_is_causal)[0]
            return y

        return self._add(3, self._add(2, self._add(1, tgt, attend), look_back), self._feed_forward)


class TransformerEncoder(Module):
    """Copies of one TransformerEncoderLayer in a row, and perhaps a normalization at the end."""

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True
    ) -> None:
        super().__init__()
        self.layers = ModuleList(copy.deepcopy(encoder_layer) for _ in range(num_layers))
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:  # fmt: skip
        """Return src passed through the layers one after the other."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal))
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """Copies of one TransformerDecoderLayer in a row, and perhaps a normalization at the end."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList(copy.deepcopy(decoder_layer) for _ in range(num_layers))
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """Return tgt passed through the layers one after the other, each of which attends to memory."""
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder and a decoder, each with a normalization at its end, or those given as `custom_`."""

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: Activation = F.relu,
        custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: float = 1e-5,
        batch_first: bool = False, norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        settings = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)

        def normalization() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        self.encoder, self.decoder = custom_encoder, custom_decoder
        if custom_encoder is None:
            layer = TransformerEncoderLayer(*settings, dtype=dtype)
            self.encoder = TransformerEncoder(layer, num_encoder_layers, normalization())
        if custom_decoder is None:
            self.decoder = TransformerDecoder(
                TransformerDecoderLayer(*settings, dtype=dtype), num_decoder_layers, normalization()
            )
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first
        for weight in self.parameters():
            if weight.ndim > 1:
                init.xavier_uniform_(weight)

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Tensor | None = None, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None, tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """Return the decoder's output for tgt (l, n, d_model), given what the encoder makes of src (s, n, d_model).

        With `batch_first` the batch n comes first; it may also be missing. Masks are those of MultiheadAttention.
        """
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(
                f"the batch number of src and tgt must be equal, got {src.shape[batch]} and {tgt.shape[batch]}"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError(
                f"the feature number of src and tgt must be equal to d_model, {self.d_model}, got shapes {src.shape} "
                f"and {tgt.shape}"
            )
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        y: Tensor = self.decoder(tgt, memory, *masks, tgt_is_causal, memory_is_causal)
        return y

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """Return a mask (sz, sz) that lets each place attend to itself and those before: 0, and -inf after it."""
        dtype = dtypes.get_default_dtype() if dtype is None else dtypes.checked(dtype)
        return wrap(np.triu(np.full((sz, sz), -np.inf, dtype), 1))

#!/usr/bin/env python3
"""The training step of benches/step.rs in PyTorch eager: low-rank adapters, fused attention, tied head, Adam.

Prints the median milliseconds of a step as `threads-1 MS` and `threads-2 MS`.
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F

V, D, LAYERS, HEADS, T, K = 15007, 256, 8, 4, 127, 32


class Adapted:
    """W' = W + U diag(alpha) V^T with W, U, V frozen; W is [out, in]."""

    def __init__(self, out, inner):
        self.w = torch.empty(out, inner).uniform_(-0.02, 0.02)
        self.u = torch.linalg.qr(torch.randn(out, K))[0].contiguous()
        self.v = torch.linalg.qr(torch.randn(inner, K))[0].contiguous()
        self.alpha = torch.zeros(K, requires_grad=True)

    def __call__(self, x):
        return x @ self.w.T + ((x @ self.v) * self.alpha) @ self.u.T

    def rows(self, ids):
        return self.w[ids] + (self.u[ids] * self.alpha) @ self.v.T


class Model:
    def __init__(self):
        self.tok_emb = Adapted(V, D)
        self.positions = torch.empty(T, D).uniform_(-0.02, 0.02)
        self.norm = torch.ones(D), torch.zeros(D)
        self.blocks = [[Adapted(3 * D, D), Adapted(D, D), Adapted(4 * D, D), Adapted(D, 4 * D)] for _ in range(LAYERS)]

    def alphas(self):
        return [self.tok_emb.alpha] + [m.alpha for block in self.blocks for m in block]

    def loss(self, ids):
        norm = lambda x: F.layer_norm(x, (D,), *self.norm)
        heads = lambda x: x.view(T, HEADS, D // HEADS).transpose(0, 1)
        x = self.tok_emb.rows(ids[:-1]) + self.positions
        for qkv, proj, up, down in self.blocks:
            q, k, v = map(heads, qkv(norm(x)).split(D, dim=1))
            mixed = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
            x = x + proj(mixed.transpose(0, 1).reshape(T, D))
            x = x + down(F.gelu(up(norm(x)), approximate="tanh"))
        return F.cross_entropy(self.tok_emb(norm(x)), ids[1:])


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    torch.manual_seed(1)
    model, ids = Model(), torch.randint(V, (T + 1,))
    adam = torch.optim.Adam(model.alphas(), lr=5e-3)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        times = []
        for step in range(5 + steps):
            start = time.perf_counter()
            adam.zero_grad()
            model.loss(ids).backward()
            adam.step()
            if step >= 5:  # the first steps fill caches
                times.append(1e3 * (time.perf_counter() - start))
        print(f"threads-{threads} {statistics.median(times):.2f}", flush=True)


if __name__ == "__main__":
    main()

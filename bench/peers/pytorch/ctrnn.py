"""A training step of the ctrnn in PyTorch.

Noise inside the activation, ReLU, linear readout at every step, mean squared error, Adam, float32:

    h <- h + alpha (-h + relu(W h + U u + b + sigma xi)),   z = V h + c
"""
import torch
from torch.nn.functional import linear, mse_loss

alpha, sigma = 0.2, 0.5


def autograd_states(drives, w_rec):
    """States [steps, batch, hidden] of drives of the same shape; PyTorch finds the derivative."""
    h = torch.zeros_like(drives[0])
    transposed = w_rec.T.contiguous()
    states = []
    # unbind, because the gradient of indexing fills the whole sequence at every step
    for drive in drives.unbind(0):
        h = torch.lerp(h, torch.addmm(drive, h, transposed).relu_(), alpha)
        states.append(h)
    return torch.stack(states)


class StatesByHand(torch.autograd.Function):
    """The same with its derivative written out: fewer operations a step, weight gradients as one product."""

    @staticmethod
    def forward(ctx, drives, w_rec):
        steps, batch, hidden = drives.shape
        transposed = w_rec.T.contiguous()
        states = drives.new_empty(steps + 1, batch, hidden)
        states[0] = 0
        rows = states.unbind(0)
        ctx.rates = []
        for t, drive in enumerate(drives.unbind(0)):
            rate = torch.addmm(drive, rows[t], transposed).relu_()
            torch.lerp(rows[t], rate, alpha, out=rows[t + 1])
            ctx.rates.append(rate)
        ctx.save_for_backward(states, w_rec)
        return states[1:]

    @staticmethod
    def backward(ctx, cotangent):
        states, w_rec = ctx.saved_tensors
        slopes = torch.empty_like(cotangent)
        cotangents, rows = cotangent.unbind(0), slopes.unbind(0)
        g = cotangents[-1]
        for t in range(len(rows) - 1, -1, -1):
            torch.ops.aten.threshold_backward.grad_input(g, ctx.rates[t], 0, grad_input=rows[t])
            if t > 0:
                g = torch.add(cotangents[t - 1], g, alpha=1 - alpha).addmm_(rows[t], w_rec, alpha=alpha)
        slopes.mul_(alpha)
        return slopes, slopes.flatten(0, 1).T @ states[:-1].flatten(0, 1)


forms = {"autograd": autograd_states, "derivative by hand": StatesByHand.apply}


def update(form, hidden, batch, steps):
    """A function that makes one update of a fresh network."""
    w_rec = torch.nn.Parameter(torch.randn(hidden, hidden) * 0.9 / hidden**0.5)
    w_in = torch.nn.Parameter(torch.randn(hidden, 1))
    b_rec = torch.nn.Parameter(torch.zeros(hidden))
    w_out = torch.nn.Parameter(torch.randn(1, hidden) / hidden**0.5)
    b_out = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.Adam([w_rec, w_in, b_rec, w_out, b_out], lr=1e-3)
    u = torch.rand(steps, batch, 1) * 2 - 1
    target = torch.sin(torch.pi * u)
    noise = torch.empty(steps, batch, hidden)
    states = forms[form]

    def step():
        optimiser.zero_grad(set_to_none=True)
        drives = linear(u, w_in, b_rec) + noise.normal_(0, sigma)
        loss = mse_loss(linear(states(drives, w_rec), w_out, b_out), target)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step

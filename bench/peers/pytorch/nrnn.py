"""A training step of the published noisy recurrent network in PyTorch: a digit, pixel by pixel, named at the end.

    h <- h + step m (A h + tanh(W h + U u + b)) + add xi,   m uniform on [1 - mu, 1]
    A = beta (B - B') + (1 - beta)(B + B') - gamma I, and W likewise of a matrix of its own

Linear readout of the last state, cross-entropy, Adam, float32.
"""
import torch
from torch.nn.functional import cross_entropy, linear

step_size, additive, mu = 0.01, 0.02, 0.02
beta, gamma = 0.75, 0.001


def symmetric_skew(free):
    return beta * (free - free.T) + (1 - beta) * (free + free.T) - gamma * torch.eye(len(free))


def scaled_steps(batch, hidden):
    """step m of one time step."""
    return torch.empty(batch, hidden).uniform_(step_size * (1 - mu), step_size)


def additive_noise(batch, hidden):
    return torch.empty(batch, hidden).normal_(0, additive)


def autograd_state(u, w_in, b, a, w):
    """Last state for inputs [steps, batch, 1] and matrices [pre, post]; PyTorch finds the derivative."""
    batch, hidden = u.shape[1], len(b)
    h = torch.zeros(batch, hidden)
    for x in u.unbind(0):
        # the input's own product at every step is cheaper than one for all steps, which leaves the cache
        drive = torch.addmm(torch.addmm(b, x, w_in), h, w)
        drift = torch.addmm(drive.tanh_(), h, a)
        h = torch.addcmul(h, scaled_steps(batch, hidden), drift).add_(additive_noise(batch, hidden))
    return h


class StateByHand(torch.autograd.Function):
    """The same with its derivative written out."""

    @staticmethod
    def forward(ctx, u, w_in, b, a, w):
        batch, hidden = u.shape[1], len(b)
        h = torch.zeros(batch, hidden)
        ctx.states, ctx.rates, ctx.sizes = [], [], []
        for x in u.unbind(0):
            rate = torch.addmm(b, x, w_in).addmm_(h, w).tanh_()
            size = scaled_steps(batch, hidden)
            ctx.states.append(h)
            ctx.rates.append(rate)
            ctx.sizes.append(size)
            h = torch.addcmul(h, size, torch.addmm(rate, h, a)).add_(additive_noise(batch, hidden))
        ctx.save_for_backward(u, a, w)
        return h

    @staticmethod
    def backward(ctx, cotangent):
        u, a, w = ctx.saved_tensors
        g = cotangent.clone()
        to_a, to_w = a.T.contiguous(), w.T.contiguous()
        d_in, d_b = torch.zeros(1, len(a)), torch.zeros(len(a))
        d_a, d_w = torch.zeros_like(a), torch.zeros_like(w)
        for t in range(len(u) - 1, -1, -1):
            drift = g * ctx.sizes[t]
            drive = torch.ops.aten.tanh_backward(drift, ctx.rates[t])
            pre = ctx.states[t].T
            d_a.addmm_(pre, drift)
            d_w.addmm_(pre, drive)
            d_in.addmm_(u[t].T, drive)
            d_b.add_(drive.sum(0))
            g.addmm_(drift, to_a).addmm_(drive, to_w)
        return None, d_in, d_b, d_a, d_w


forms = {"autograd": autograd_state, "derivative by hand": StateByHand.apply}


def update(form, hidden, batch, steps):
    """A function that makes one update of a fresh network."""
    free_a = torch.nn.Parameter(torch.randn(hidden, hidden) * 0.1 / hidden)
    free_w = torch.nn.Parameter(torch.randn(hidden, hidden) * 0.1 / hidden)
    encoder = torch.nn.Linear(1, hidden)
    readout = torch.nn.Linear(hidden, 10)
    parameters = [free_a, free_w, *encoder.parameters(), *readout.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=1e-3)
    u = torch.rand(steps, batch, 1)
    target = torch.randint(10, (batch,))
    state = forms[form]

    def step():
        optimiser.zero_grad(set_to_none=True)
        a, w = (symmetric_skew(free).T.contiguous() for free in (free_a, free_w))
        loss = cross_entropy(readout(state(u, encoder.weight.T, encoder.bias, a, w)), target)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step

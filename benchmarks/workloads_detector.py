"""A detector without anchors, which finds digits on a page: a workload, as in `workloads`.

Six convolutions lead from 64 x 64 pixels to a grid of 16 x 16 cells, which say how sure they are
that a digit of each class has its centre there, and where the sides of its box are. The loss is
that of heat maps (Law and Deng 2018) plus generalized IoU in the cells of centres. PyTorch picks
these cells out first; both get targets that were made before.
"""

import numpy as np
from steps import RATE, step_of, torch_step_of

N, SIDE, STRIDE, CLASSES, F = 32, 64, 4, 10, 64


def scenes():
    """Return images x (N, 64, 64, 1), heat (N, 16, 16, 10) and sides (N, 16, 16, 5), float32."""
    from minidl_course import detection

    rng = np.random.default_rng(0)
    x, size = rng.random((N, SIDE, SIDE, 1), np.float32), rng.integers(14, 29, (N, 5, 2))
    corner = rng.integers(0, SIDE - size + 1)
    boxes, classes = np.concatenate([corner, corner + size], -1), rng.integers(-1, CLASSES, (N, 5))
    return x, *detection.targets(boxes, classes, (SIDE, SIDE), CLASSES, STRIDE)


def minidl(backend):
    """Return the step of minidl."""
    from minidl import Input, Model, losses
    from minidl.layers import Conv2D
    from minidl_course import detection

    def block(x, filters, strides=1):
        return Conv2D(filters, 3, strides, "same", activation="relu")(x)

    image = Input((SIDE, SIDE, 1))
    h = block(block(block(block(image, F // 2, 2), F, 2), F), F)
    model = Model(image, [Conv2D(CLASSES, 1)(block(h, F)), Conv2D(4, 1)(block(h, F))])
    heat, sides = losses.PenaltyReducedFocal(from_logits=True), losses.GeneralizedIoU()
    x, *y = scenes()
    return step_of(model, [heat, detection.AtCenters(sides)], x, tuple(y), backend)


def torch(device):
    """Return the step of PyTorch."""
    import torch
    from torch import nn

    def block(channels, filters, stride=1):
        return nn.Sequential(nn.Conv2d(channels, filters, 3, stride, padding=1), nn.ReLU())

    def heat_loss(t, z):
        things = (t == 1).sum(dim=(1, 2, 3), keepdim=True).clamp(min=1)
        u = torch.where(t == 1, -z, z)
        weight = torch.where(t == 1, 1, (1 - t) ** 4) / things
        return (weight * torch.sigmoid(u) ** 2 * nn.functional.softplus(u)).sum() / len(t)

    def iou_loss(t, y):
        there = t[..., 4] > 0
        weight = there / there.sum(dim=(1, 2), keepdim=True).clamp(min=1)
        t, y, weight = t[there], y[there], weight[there]
        y0, y1 = torch.minimum(y[:, :2], y[:, 2:]), torch.maximum(y[:, :2], y[:, 2:])
        t0, t1 = t[:, :2], t[:, 2:4]
        both = (torch.minimum(t1, y1) - torch.maximum(t0, y0)).clamp(min=0).prod(dim=1)
        union = (t1 - t0).prod(dim=1) + (y1 - y0).prod(dim=1) - both
        around = (torch.maximum(t1, y1) - torch.minimum(t0, y0)).prod(dim=1)
        return (weight * (2 - both / union - union / around)).sum() / N

    class Detector(nn.Module):
        def __init__(self):
            super().__init__()
            first = (block(1, F // 2, 2), block(F // 2, F, 2), block(F, F), block(F, F))
            self.trunk = nn.Sequential(*first)
            self.heat = nn.Sequential(block(F, F), nn.Conv2d(F, CLASSES, 1))
            self.sides = nn.Sequential(block(F, F), nn.Conv2d(F, 4, 1))

        def forward(self, x):
            h = self.trunk(x)
            return self.heat(h), self.sides(h)

    model = Detector().to(device)
    optimizer = torch.optim.Adam(model.parameters(), RATE, eps=1e-7, fused=True)
    x, heat, sides = (torch.from_numpy(a).to(device) for a in scenes())
    x, heat = (a.movedim(-1, 1).contiguous() for a in (x, heat))

    def cost():
        said, boxes = model(x)
        return heat_loss(heat, said) + iou_loss(sides, boxes.movedim(1, -1))

    return torch_step_of((model, (x,)), cost, optimizer, device)

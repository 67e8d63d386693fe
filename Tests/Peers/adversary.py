"""Projected gradient descent in PyTorch, as fast as careful plain code makes it."""

import torch
import torch.nn.functional as F


def linf_attack(model, images, labels, epsilon, step_size, steps, random_start=True):
    """The last iterate of PGD in the linf ball around `images`, cut to [0, 1].

    The parameters of `model` get no gradients: only those by the images are computed. Dropout is off and
    normalizations use running statistics, as they do by default where holdfast attacks. The sign step and the projection work in place.
    """
    parameters, was_training = list(model.parameters()), model.training
    model.eval()
    for parameter in parameters:
        parameter.requires_grad_(False)
    lower, upper = (images - epsilon).clamp_(min=0), (images + epsilon).clamp_(max=1)
    iterate = images.clone()
    if random_start:
        noise = torch.empty_like(images).uniform_(-epsilon, epsilon)
        iterate = noise.add_(images).clamp_(lower, upper)
    for _ in range(steps):
        iterate.requires_grad_(True)
        loss = F.cross_entropy(model(iterate), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, iterate)
        iterate = iterate.detach().add_(gradient.sign_(), alpha=step_size).clamp_(lower, upper)
    for parameter in parameters:
        parameter.requires_grad_(True)
    model.train(was_training)
    return iterate

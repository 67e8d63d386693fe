"""The networks of holdfast as PyTorch modules, with the same parameter names and layouts."""

import torch.nn.functional as F
from torch import nn


class LeNet(nn.Module):
    """Two 5x5 convolutions, each pooled before its ReLU; dropout of channels and of hidden units."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 10, 5), nn.Conv2d(10, 20, 5)
        self.fc1, self.fc2 = nn.Linear(320, 50), nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(F.dropout2d(self.conv2(x), 0.5, self.training), 2))
        x = F.dropout(F.relu(self.fc1(x.flatten(1))), 0.5, self.training)
        return self.fc2(x)


class CNNSmall(nn.Module):
    """Two strided 4x4 convolutions (Wong, Rice and Kolter 2020)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 4, stride=2, padding=1)
        self.fc1, self.fc2 = nn.Linear(1568, 100), nn.Linear(100, 10)

    def forward(self, x):
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class CNNMadry(nn.Module):
    """Two pooled 5x5 convolutions and a wide hidden layer (Madry et al. 2018)."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 5, padding=2), nn.Conv2d(32, 64, 5, padding=2)
        self.fc1, self.fc2 = nn.Linear(3136, 1024), nn.Linear(1024, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class CNNTrades(nn.Module):
    """Four 3x3 convolutions, of which every second is pooled, and dropout (Zhang et al. 2019)."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 32, 3)
        self.conv3, self.conv4 = nn.Conv2d(32, 64, 3), nn.Conv2d(64, 64, 3)
        self.fc1, self.fc2, self.fc3 = nn.Linear(1024, 200), nn.Linear(200, 200), nn.Linear(200, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        x = F.max_pool2d(F.relu(self.conv4(F.relu(self.conv3(x)))), 2)
        x = F.dropout(F.relu(self.fc1(x.flatten(1))), 0.5, self.training)
        return self.fc3(F.relu(self.fc2(x)))


class PreActBlock(nn.Module):
    """Two 3x3 convolutions behind normalization and ReLU, and the way around them."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        if stride != 1 or channels != width:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False))

    def forward(self, x):
        out = F.relu(self.bn1(x))
        shortcut = self.shortcut(out) if hasattr(self, "shortcut") else x
        return self.conv2(F.relu(self.bn2(self.conv1(out)))) + shortcut


class PreActResNet18(nn.Module):
    """The pre-activation residual network of 18 layers (He et al. 2016), with a normalization at the end."""

    shape = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        channels = 64
        for stage, width in enumerate((64, 128, 256, 512)):
            first = PreActBlock(channels, width, 1 if stage == 0 else 2)
            setattr(self, f"layer{stage + 1}", nn.Sequential(first, PreActBlock(width, width, 1)))
            channels = width
        self.bn, self.linear = nn.BatchNorm2d(512), nn.Linear(512, 10)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        return self.linear(F.adaptive_avg_pool2d(F.relu(self.bn(x)), 1).flatten(1))


class WideBlock(nn.Module):
    """The block of wide residual networks, named as in TRADES."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.convShortcut = None
        if channels != width:
            self.convShortcut = nn.Conv2d(channels, width, 1, stride, bias=False)

    def forward(self, x):
        out = F.relu(self.bn1(x))
        shortcut = x if self.convShortcut is None else self.convShortcut(out)
        return self.conv2(F.relu(self.bn2(self.conv1(out)))) + shortcut


class WideStage(nn.Module):
    """Blocks of one width."""

    def __init__(self, blocks, channels, width, stride):
        super().__init__()
        first = WideBlock(channels, width, stride)
        self.layer = nn.Sequential(first, *(WideBlock(width, width, 1) for _ in range(blocks - 1)))

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    """WRN-depth-width (Zagoruyko and Komodakis 2016), named as in TRADES."""

    shape = (3, 32, 32)

    def __init__(self, depth=28, width=10):
        super().__init__()
        blocks = (depth - 4) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.block1 = WideStage(blocks, 16, 16 * width, 1)
        self.block2 = WideStage(blocks, 16 * width, 32 * width, 2)
        self.block3 = WideStage(blocks, 32 * width, 64 * width, 2)
        self.bn1, self.fc = nn.BatchNorm2d(64 * width), nn.Linear(64 * width, 10)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.adaptive_avg_pool2d(F.relu(self.bn1(x)), 1).flatten(1))


NETWORKS = {
    "lenet": LeNet,
    "cnn-small": CNNSmall,
    "cnn-madry": CNNMadry,
    "cnn-trades": CNNTrades,
    "preact-resnet18": PreActResNet18,
    "wrn-28-10": WideResNet,
}

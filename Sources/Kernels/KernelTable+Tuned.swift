extension KernelTable {
  /// Written by `holdfast bench kernels --tune`, at micro-batches of 32.
  // swift-format-ignore
  static let tunedLines = """
    avx2   2 1x28x28-10k5s1p0m2   forward=direct backward=shifted weights=library:x64:gemm:jit
    avx2   2 1x28x28-16k4s2p0m1   forward=direct backward=across weights=library:jit:avx2
    avx2   2 1x28x28-16k4s2p1m1   forward=direct backward=across weights=library:x64:gemm:jit
    avx2   2 1x28x28-32k3s1p0m1   forward=library:jit:avx2 backward=across weights=library:x64:gemm:jit
    avx2   2 1x28x28-32k5s1p2m2   forward=direct backward=shifted weights=library:x64:gemm:jit
    avx2   2 1x28x28-64k3s1p1m1   forward=library:jit:avx2 backward=shifted weights=library:x64:gemm:jit
    avx2   2 3x32x32-16k4s2p1m1   forward=direct backward=across weights=library:jit:avx2
    avx2   2 3x32x32-32k3s1p0m1   forward=library:jit:avx2 backward=across weights=library:jit:avx2
    avx2   2 3x32x32-32k5s1p2m2   forward=library:jit:avx2 backward=shifted weights=library:jit:avx2
    avx2   2 10x12x12-20k5s1p0m2  forward=winograd backward=sparse weights=sparse
    avx2   2 16x13x13-32k4s1p0m1  forward=library:jit:avx2 backward=library:jit:avx2 weights=library:jit:avx2
    avx2   2 16x14x14-32k4s2p1m1  forward=library:jit:avx2 backward=sparse weights=library:jit:avx2
    avx2   2 16x16x16-32k4s2p1m1  forward=library:jit:avx2 backward=library:jit:avx2 weights=library:jit:avx2
    avx2   2 32x12x12-64k3s1p0m1  forward=winograd backward=winograd weights=library:jit:avx2
    avx2   2 32x14x14-64k3s1p0m1  forward=winograd backward=winograd weights=library:jit:avx2
    avx2   2 32x14x14-64k5s1p2m2  forward=winograd backward=sparse weights=sparse
    avx2   2 32x16x16-64k5s1p2m2  forward=winograd backward=sparse weights=sparse
    avx2   2 32x26x26-32k3s1p0m2  forward=winograd backward=sparse weights=sparse
    avx2   2 32x26x26-32k4s2p0m1  forward=library:jit:avx2 backward=sparse weights=sparse
    avx2   2 32x30x30-32k3s1p0m2  forward=winograd backward=sparse weights=sparse
    avx2   2 64x10x10-64k3s1p0m2  forward=winograd backward=sparse weights=sparse
    avx2   2 64x10x10-64k4s2p0m1  forward=library:jit:avx2 backward=library:jit:avx2 weights=library:jit:avx2
    avx2   2 64x12x12-64k3s1p0m2  forward=winograd backward=sparse weights=sparse
    avx2   2 64x28x28-64k3s1p1m1  forward=winograd backward=winograd weights=sparse
    avx2   2 64x28x28-128k3s2p1m1 forward=library:jit:avx2 backward=library:jit:avx2 weights=sparse
    avx2   2 128x14x14-128k3s1p1m1 forward=winograd backward=winograd weights=library:jit:avx2
    avx2   2 20x4x4-50r           layer=own weights=own
    avx2   2 32x7x7-100r          layer=own weights=own
    avx2   2 32x8x8-100r          layer=own weights=own
    avx2   2 32x10x10-100r        layer=own weights=own
    avx2   2 50-10                layer=own weights=library:x64:gemm:jit
    avx2   2 64x4x4-200r          layer=own weights=own
    avx2   2 64x4x4-512r          layer=own weights=own
    avx2   2 64x5x5-200r          layer=own weights=own
    avx2   2 64x7x7-1024r         layer=own weights=own
    avx2   2 64x8x8-1024r         layer=own weights=library:x64:gemm:jit
    avx2   2 100-10               layer=own weights=library:x64:gemm:jit
    avx2   2 128x14x14-512r       layer=own weights=own
    avx2   2 200-10               layer=library:x64:gemm:jit weights=library:x64:gemm:jit
    avx2   2 200-200r             layer=library:x64:gemm:jit weights=library:x64:gemm:jit
    avx2   2 512-10               layer=library:x64:gemm:jit weights=library:x64:gemm:jit
    avx2   2 512-512r             layer=own weights=own
    avx2   2 784-1                layer=library:x64:gemm:jit weights=library:x64:gemm:jit
    avx2   2 784-10               layer=library:x64:gemm:jit weights=library:x64:gemm:jit
    avx2   2 784-100r             layer=library:x64:gemm:jit weights=own
    avx2   2 1024-10              layer=library:x64:gemm:jit weights=library:x64:gemm:jit
    avx512 2 1x28x28-10k5s1p0m2   forward=direct backward=across weights=library:jit:avx512_core
    avx512 2 1x28x28-16k4s2p0m1   forward=library:jit:avx512_core backward=across weights=library:jit:avx512_core
    avx512 2 1x28x28-16k4s2p1m1   forward=library:jit:avx512_core backward=across weights=library:jit:avx512_core
    avx512 2 1x28x28-32k3s1p0m1   forward=direct backward=across weights=library:jit:avx512_core
    avx512 2 1x28x28-32k5s1p2m2   forward=direct backward=shifted weights=library:jit:avx512_core
    avx512 2 1x28x28-64k3s1p1m1   forward=direct backward=across weights=library:jit:avx512_core
    avx512 2 3x32x32-16k4s2p1m1   forward=library:jit:avx512_core backward=across weights=library:jit:avx512_core
    avx512 2 3x32x32-32k3s1p0m1   forward=direct backward=across weights=library:jit:avx512_core
    avx512 2 3x32x32-32k5s1p2m2   forward=library:jit:avx512_core backward=shifted weights=library:jit:avx512_core
    avx512 2 10x12x12-20k5s1p0m2  forward=winograd backward=sparse weights=sparse
    avx512 2 16x13x13-32k4s1p0m1  forward=library:jit:avx512_core backward=sparse weights=sparse
    avx512 2 16x14x14-32k4s2p1m1  forward=library:jit:avx512_core backward=sparse weights=library:jit:avx512_core
    avx512 2 16x16x16-32k4s2p1m1  forward=library:jit:avx512_core backward=sparse weights=sparse
    avx512 2 32x12x12-64k3s1p0m1  forward=winograd backward=winograd weights=sparse
    avx512 2 32x14x14-64k3s1p0m1  forward=winograd backward=winograd weights=sparse
    avx512 2 32x14x14-64k5s1p2m2  forward=winograd backward=sparse weights=sparse
    avx512 2 32x16x16-64k5s1p2m2  forward=winograd backward=sparse weights=sparse
    avx512 2 32x26x26-32k3s1p0m2  forward=winograd backward=sparse weights=sparse
    avx512 2 32x26x26-32k4s2p0m1  forward=library:jit:avx512_core backward=sparse weights=sparse
    avx512 2 32x30x30-32k3s1p0m2  forward=winograd backward=sparse weights=sparse
    avx512 2 64x10x10-64k3s1p0m2  forward=winograd backward=sparse weights=sparse
    avx512 2 64x10x10-64k4s2p0m1  forward=library:jit:avx512_core backward=sparse weights=sparse
    avx512 2 64x12x12-64k3s1p0m2  forward=winograd backward=sparse weights=sparse
    avx512 2 64x28x28-64k3s1p1m1  forward=winograd backward=winograd weights=library:jit:avx512_core
    avx512 2 64x28x28-128k3s2p1m1 forward=library:jit:avx512_core backward=sparse weights=sparse
    avx512 2 128x14x14-128k3s1p1m1 forward=winograd backward=winograd weights=sparse
    avx512 2 20x4x4-50r           layer=own weights=own
    avx512 2 32x7x7-100r          layer=own weights=own
    avx512 2 32x8x8-100r          layer=own weights=own
    avx512 2 32x10x10-100r        layer=own weights=own
    avx512 2 50-10                layer=own weights=library:brgemm_bwd_w:avx512_core
    avx512 2 64x4x4-200r          layer=own weights=own
    avx512 2 64x4x4-512r          layer=own weights=own
    avx512 2 64x5x5-200r          layer=own weights=own
    avx512 2 64x7x7-1024r         layer=own weights=own
    avx512 2 64x8x8-1024r         layer=own weights=library:x64:gemm:jit
    avx512 2 100-10               layer=own weights=library:brgemm_bwd_w:avx512_core
    avx512 2 128x14x14-512r       layer=own weights=own
    avx512 2 200-10               layer=own weights=library:brgemm_bwd_w:avx512_core
    avx512 2 200-200r             layer=own weights=library:x64:gemm:jit
    avx512 2 512-10               layer=own weights=library:x64:gemm:jit
    avx512 2 512-512r             layer=library:x64:gemm:jit weights=own
    avx512 2 784-1                layer=library:x64:gemm:jit weights=library:x64:gemm:jit
    avx512 2 784-10               layer=own weights=library:x64:gemm:jit
    avx512 2 784-100r             layer=own weights=own
    avx512 2 1024-10              layer=own weights=library:brgemm_bwd_w:avx512_core
    """
}

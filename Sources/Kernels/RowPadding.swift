import Tensors

/// A tensor of the caller's samples, with rows of zeros behind them where a kernel computes more rows.
///
/// A sample's result may not depend on its row. Padding gives every row the same code of a matrix product that
/// treats the last few rows of a batch in another way.
struct RowPadding {
  /// What the kernel reads and writes: the caller's own buffer where no rows are added.
  let padded: AlignedBuffer<Float>
  private let own: AlignedBuffer<Float>
  private let count: Int

  /// Pads `buffer` to the kernel's rows of `elements` floats.
  init(_ buffer: AlignedBuffer<Float>, _ kernel: AffineKernel, elements: Int) {
    own = buffer
    count = kernel.batch * elements
    padded = kernel.rows == kernel.batch ? buffer : AlignedBuffer(count: kernel.rows * elements)
  }

  /// Brings the caller's samples to the kernel; the rows behind them stay zero.
  func enter() {
    if padded !== own { padded.pointer.update(from: own.pointer, count: count) }
  }

  /// Brings the kernel's results to the caller.
  func leave() {
    if padded !== own { own.pointer.update(from: padded.pointer, count: count) }
  }

  /// The least number of rows, `batch` or more, of which oneDNN's AVX2 matrix product treats all alike.
  ///
  /// It takes six rows at a time and sums a rest of one, two or three in another order than the others
  /// (jit_avx_gemm_f32.cpp, oneDNN 2.6). Up to 72 rows stay together; more are cut into 48, 96 or halves,
  /// which multiples of 12 fit.
  static func rowsOfAVX2Product(_ batch: Int) -> Int {
    // Three rows or fewer are a rest themselves.
    if batch <= 3 { return batch }
    if batch > 72 { return (batch + 11) / 12 * 12 }
    let rest = batch % 6
    return rest == 0 || rest > 3 ? batch : batch - rest + 4
  }
}

/// How far the roundings of minimal filtering reach: convolutions of 3x3 and 5x5 kernels at stride 1 may be computed
/// through six points along each axis (Winograd 1980; Lavin and Gray 2016, points 0, 1, -1, 2, -2 and infinity).
///
/// The result is A^T [sum_c (G g_c G^T) * (B^T d_c B)] A, where both transforms have roundings relative to the
/// magnitudes of their terms. Along an axis B^T takes at most three of them and A^T three; the transformed weights are
/// rounded once, the sum over C channels C + 1 times, the bias once: C + 15 in all, relative to
///
///     S = |A^T| [sum_c (|G| |g_c| |G^T|) * (|B^T| |d_c| |B|)] |A| + |b|.
///
/// With M_c the largest magnitude in channel c, |B^T| |d_c| |B| is at most M_c times the products of B^T's absolute row
/// sums, so that S <= sum_c K_oc M_c + |b|, with K a property of the weights. (Barabasz, Anderson, Soodhalter and Gregg,
/// "Error analysis and improving the accuracy of Winograd convolution for deep neural networks", 2020, bound the same
/// errors in norms.)
///
/// K grows fast with the points: S is some hundred times the sum of magnitudes of a direct convolution, layer by
/// layer, where what is lost in practice is a few units more. So bounds allow for it only where they are asked to.
enum MinimalFiltering {
  /// Whether a convolution may be computed so.
  static func mayServe(kernel: Int, stride: Int, padding: Int, inputChannels: Int) -> Bool {
    stride == 1 && (kernel == 3 || kernel == 5) && padding < kernel && inputChannels > 3
  }

  /// The roundings of one output, relative to S.
  static func operations(channels: Int) -> Int { channels + 15 }

  /// The absolute row sums of B^T.
  private static let inputSums: [Double] = [10, 10, 10, 6, 6, 10]

  /// K for one pair of channels: the most that any output of a tile has.
  ///
  /// - Parameter magnitudes: |g|, kernel x kernel.
  static func amplification(_ magnitudes: [Double], kernel: Int) -> Double {
    let points: [Double] = [0, 1, 1, 2, 2]
    let scales: [Double] = [1.0 / 4, 1.0 / 6, 1.0 / 6, 1.0 / 24, 1.0 / 24]
    // |G| of one point, by the place in the kernel.
    let filter = (0..<6).map { point in
      (0..<kernel).map { k in
        point == 5 ? (k == kernel - 1 ? 1 : 0) : scales[point] * power(points[point], k)
      }
    }
    // |A^T| times the row sums of |B^T|, by output and point.
    let outputs = (0..<7 - kernel).map { v in
      (0..<6).map { point in
        (point == 5 ? (v == 6 - kernel ? 1 : 0) : power(points[point], v)) * inputSums[point]
      }
    }
    // Both axes are alike: an output's weight of each place in the kernel along one axis.
    let reach = outputs.map { row in
      (0..<kernel).map { k in (0..<6).reduce(0) { $0 + row[$1] * filter[$1][k] } }
    }
    var largest = 0.0
    for v in reach {
      for u in reach {
        var sum = 0.0
        for i in 0..<kernel {
          for j in 0..<kernel { sum += v[i] * u[j] * magnitudes[i * kernel + j] }
        }
        largest = max(largest, sum)
      }
    }
    return largest
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    exponent == 0 ? 1 : (0..<exponent).reduce(1) { product, _ in product * base }
  }
}

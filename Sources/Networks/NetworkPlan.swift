import Kernels

/// Operations in the order of a forward pass, the values they pass on, and the memory of these.
///
/// Activations are kept from the forward pass to the backward pass, so each has memory of its own, unless an
/// operation overwrites its input. A gradient is needed only until the operation before has made the next of it: the
/// plan gives gradients whose times do not overlap the same slot.
struct NetworkPlan {
  /// A value that operations pass on: its layout, and the numbers of the memory for it and for its gradient.
  struct Value {
    let layout: ActivationLayout
    let activation: Int
    let gradient: Int
  }

  /// An operation and the values it works on, by number.
  struct Step {
    let operation: any Operation
    let input: Int
    /// A second value: what a sum adds, or where a fork's second branch begins.
    let side: Int?
    let output: Int
  }

  /// The operations in order.
  private(set) var steps: [Step] = []
  /// The values; the first is the image.
  private(set) var values: [Value]
  /// The floats of a sample of each activation's memory.
  private(set) var activations: [Int]
  /// The slot of each gradient.
  private(set) var slots: [Int] = []
  /// The floats of a sample of each slot.
  private(set) var slotElements: [Int] = []
  /// The number of the value that comes out.
  private(set) var output = 0

  private var gradients = 1
  /// Gradients that have turned out to be the same, each with the number it goes by.
  private var aliases: [Int: Int] = [:]
  /// Values that two branches read, which may not be overwritten.
  private var shared: Set<Int> = []

  /// A plan without operations.
  init(image: ActivationLayout) {
    values = [Value(layout: image, activation: 0, gradient: 0)]
    activations = [image.elements]
  }

  /// Appends an operation that reads `input`.
  ///
  /// - Returns: The number of the value it makes.
  mutating func append(_ operation: any Operation, input: Int) -> Int {
    precondition(
      operation.input.elements == values[input].layout.elements, "an operation on another layout")
    precondition(
      !(operation.isInPlace && (input == 0 || shared.contains(input))),
      "a layer would overwrite the image or what another branch reads")
    let source = values[input]
    let output = Value(
      layout: operation.output,
      activation: operation.isInPlace ? source.activation : makeActivation(operation.output),
      gradient: operation.isInPlace || operation.keepsGradientInPlace ? source.gradient : makeGradient())
    values.append(output)
    steps.append(Step(operation: operation, input: input, side: nil, output: values.count - 1))
    return values.count - 1
  }

  /// Lets two branches read a value.
  ///
  /// - Returns: The numbers of the value for the main branch and for the other.
  mutating func fork(_ input: Int) -> (main: Int, side: Int) {
    let value = values[input]
    values.append(value)
    values.append(Value(layout: value.layout, activation: value.activation, gradient: makeGradient()))
    let (main, side) = (values.count - 2, values.count - 1)
    shared.formUnion([main, side])
    steps.append(Step(operation: ForkOperation(value.layout), input: input, side: side, output: main))
    return (main, side)
  }

  /// Adds the end of a branch to that of the main one, in the latter's memory.
  ///
  /// The gradient by a sum is that by both: they share it, and the main branch, which goes back first, leaves it as it
  /// is.
  ///
  /// - Precondition: The main branch ends with an operation that overwrites neither its input nor the gradient.
  /// - Returns: The number of the sum.
  mutating func sum(_ main: Int, _ side: Int) -> Int {
    guard let last = steps.last, last.output == main, !last.operation.isInPlace,
      !last.operation.keepsGradientInPlace
    else { preconditionFailure("the main branch of a residual block has to end with a convolution") }
    let (a, b) = (values[main], values[side])
    precondition(a.layout == b.layout, "branches of different layouts")
    aliases[root(b.gradient)] = root(a.gradient)
    values.append(a)
    steps.append(
      Step(operation: SumOperation(a.layout), input: main, side: side, output: values.count - 1))
    return values.count - 1
  }

  /// Ends the plan, and lays gradients into slots.
  mutating func finish(output: Int) {
    self.output = output
    let count = steps.count
    // Time runs backward through the operations; the caller writes the first gradient before all of them.
    var first: [Int: Int] = [root(values[output].gradient): -1]
    var last: [Int: Int] = [:]
    var elements: [Int: Int] = [:]
    for (time, step) in steps.reversed().enumerated() {
      for value in [step.output, step.input] + (step.side.map { [$0] } ?? []) {
        let gradient = root(values[value].gradient)
        first[gradient] = min(first[gradient] ?? time, time)
        last[gradient] = time
        elements[gradient] = max(elements[gradient] ?? 0, values[value].layout.elements)
      }
    }
    // That by the image is read afterwards, perhaps when the next is being written.
    first[root(0)] = -1
    last[root(0)] = count
    var free: [Int] = []
    var slotOf: [Int: Int] = [:]
    for time in -1..<count {
      for (gradient, end) in last.sorted(by: { $0.key < $1.key }) where end == time - 1 {
        if let slot = slotOf[gradient] { free.append(slot) }
      }
      for (gradient, start) in first.sorted(by: { $0.key < $1.key }) where start == time {
        let needed = elements[gradient] ?? 0
        // The smallest that suffices, or else the largest, which grows.
        let fitting = free.filter { slotElements[$0] >= needed }.min { slotElements[$0] < slotElements[$1] }
        let slot: Int
        if let chosen = fitting ?? free.max(by: { slotElements[$0] < slotElements[$1] }) {
          free.removeAll { $0 == chosen }
          slotElements[chosen] = max(slotElements[chosen], needed)
          slot = chosen
        } else {
          slotElements.append(needed)
          slot = slotElements.count - 1
        }
        slotOf[gradient] = slot
      }
    }
    slots = (0..<gradients).map { slotOf[root($0)] ?? 0 }
  }

  /// The slot of a value's gradient.
  func slot(of value: Int) -> Int { slots[values[value].gradient] }

  private mutating func makeActivation(_ layout: ActivationLayout) -> Int {
    activations.append(layout.elements)
    return activations.count - 1
  }

  private mutating func makeGradient() -> Int {
    gradients += 1
    return gradients - 1
  }

  private func root(_ gradient: Int) -> Int {
    var gradient = gradient
    while let other = aliases[gradient] { gradient = other }
    return gradient
  }
}

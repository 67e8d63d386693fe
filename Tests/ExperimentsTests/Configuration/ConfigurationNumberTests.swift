import Experiments
import Testing

struct ConfigurationNumberTests {
  @Test(
    "Decimal numbers, powers of ten and fractions are read",
    arguments: [
      ("0.3", 0.3), ("5e-3", 0.005), ("5E-3", 0.005), ("1e3", 1000), ("+2", 2), ("-1.5", -1.5), (".5", 0.5),
      ("8/255", 8.0 / 255), ("8 / 255", 8.0 / 255), ("0.5/2", 0.25), ("-0", 0), ("0/7", 0),
      ("1e-300", 1e-300),
    ] as [(String, Double)])
  func readable(text: String, expected: Double) {
    #expect(ConfigurationNumber.real(text) == expected)
    #expect(ConfigurationNumber.real(text)?.sign != .minus || expected < 0)
  }

  @Test(
    "Anything else is refused, infinity and what rounds to it or to zero included",
    arguments: [
      "", " ", "nan", "NaN", ".nan", "inf", "-inf", ".inf", "infinity", "1e999", "1e-999", "1/0", "0/0",
      "8/255/2",
      "8/", "/255", "0x10", "0x1p3", "1_000", "1,5", "1 2", "1+1", "2*3", "e5", ".", "-", "--1", "1e",
      "１２", "1e-200/1e200", "1e300/1e-300",
    ])
  func unreadable(text: String) {
    #expect(ConfigurationNumber.real(text) == nil)
  }

  @Test("A very long number is refused without being read")
  func longNumber() {
    #expect(ConfigurationNumber.real(String(repeating: "1", count: 60_000)) == nil)
  }

  @Test(
    "The text of a number is short and reads back as the same number",
    arguments: [
      (0, "0"), (1, "1"), (0.3, "0.3"), (0.005, "0.005"), (1e-8, "1.0e-08"),
      (8.0 / 255, "0.03137254901960784"),
      (0.1 + 0.2, "0.30000000000000004"), (1e22, "1.0e+22"), (1.5e-7, "1.5e-07"),
    ] as [(Double, String)])
  func shortest(value: Double, expected: String) {
    #expect(ConfigurationNumber.text(value) == expected)
    #expect(ConfigurationNumber.real(expected) == value)
  }
}

import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The elements and the text of a page, read as XML, which is stricter than any browser.
final class PageReader: NSObject, XMLParserDelegate {
  /// An element with its attributes.
  struct Element {
    let name: String
    let attributes: [String: String]
  }

  private(set) var elements: [Element] = []
  private(set) var text = ""
  /// What is wrong with the page; nil where it is well-formed.
  private(set) var problem: String?

  init(_ page: String) {
    super.init()
    let parser = XMLParser(data: Data(page.utf8))
    parser.delegate = self
    if !parser.parse() {
      problem = "\(parser.parserError.map { "\($0)" } ?? "unknown") in line \(parser.lineNumber)"
    }
  }

  func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName qName: String?, attributes attributeDict: [String: String] = [:]
  ) {
    elements.append(Element(name: elementName, attributes: attributeDict))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}

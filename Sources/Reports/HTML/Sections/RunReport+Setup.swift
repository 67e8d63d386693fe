extension RunReport {
  /// What it takes to make the runs again.
  var setup: HTML {
    HTML(runs.map(setup).filter { !$0.isEmpty })
  }

  private func setup(of run: ReportedRun) -> HTML {
    var parts: [HTML] = []
    if isComparison { parts.append("<h3>\(run.name)</h3>") }
    if let manifest = run.manifest {
      let machines = Set(manifest.machines.map { "\($0.host) (\($0.cpu ?? "unknown CPU"))" }).sorted()
      let versions = manifest.versions.sorted { $0.key < $1.key }.map { name, version -> HTML in
        "<div><dt>\(name)</dt><dd>\(version)</dd></div>"
      }
      parts.append(
        """
        <dl class="facts">
        <div><dt>started</dt><dd>\(ReportText.moment(manifest.startedAt))</dd></div>
        <div><dt>width</dt><dd>\(Self.width(manifest))</dd></div>
        <div><dt>hosts</dt><dd>\(machines.joined(separator: ", "))</dd></div>
        <div><dt>instruction set</dt><dd>\(manifest.instructionSet)</dd></div>
        <div><dt>seed</dt><dd>\("\(manifest.seed)")</dd></div>
        \(versions)
        </dl>
        """)
    }
    if let checkpoint = run.checkpoint {
      parts.append(
        """
        <p class="note">Weights measured: <code>\(checkpoint.path)</code>, SHA-256 <code>\(checkpoint.sha256)</code></p>
        """)
    }
    if !run.configuration.isEmpty {
      parts.append(HTML.details("config.yaml", "<pre>\(run.configuration)</pre>", isOpen: !isComparison))
    }
    if !run.manifestText.isEmpty {
      parts.append(HTML.details("manifest.json", "<pre>\(run.manifestText)</pre>", isOpen: !isComparison))
    }
    return HTML(parts)
  }
}

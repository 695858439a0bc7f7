package io.robusttrain;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Who names whom, among our types or among our packages. Names are relative to the root. */
final class TypeGraph {
  private final Map<String, Set<String>> edges = new TreeMap<>();

  /**
   * The top-level types below a root package; what a nested type names counts for its outer one.
   */
  static TypeGraph ofTypes(JavaClasses classes, String root) {
    TypeGraph graph = new TypeGraph();
    for (JavaClass type : classes) {
      if (!isOurs(type, root)) {
        continue;
      }
      String from = topLevel(type, root);
      graph.edges.computeIfAbsent(from, key -> new TreeSet<>());
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(target -> isOurs(target, root))
          .map(target -> topLevel(target, root))
          .filter(to -> !to.equals(from))
          .forEach(graph.edges.get(from)::add);
    }
    return graph;
  }

  private static boolean isOurs(JavaClass type, String root) {
    return type.getName().startsWith(root + ".") && !type.getSimpleName().equals("package-info");
  }

  private static String topLevel(JavaClass type, String root) {
    return type.getName().substring(root.length() + 1).replaceFirst("\\$.*", "");
  }

  TypeGraph byPackage() {
    TypeGraph graph = new TypeGraph();
    edges.forEach(
        (from, targets) -> {
          Set<String> known = graph.edges.computeIfAbsent(packageOf(from), key -> new TreeSet<>());
          targets.stream()
              .map(TypeGraph::packageOf)
              .filter(to -> !to.equals(packageOf(from)))
              .forEach(known::add);
        });
    return graph;
  }

  Set<String> names() {
    return edges.keySet();
  }

  void add(String from, Set<String> targets) {
    edges.computeIfAbsent(from, key -> new TreeSet<>()).addAll(targets);
  }

  Set<String> targets(String name) {
    return edges.getOrDefault(name, Set.of());
  }

  Set<String> namesIn(String packageName) {
    Set<String> names = new TreeSet<>();
    edges.keySet().stream().filter(type -> packageOf(type).equals(packageName)).forEach(names::add);
    return names;
  }

  /** The largest sets in which each member reaches each other one. */
  Set<Set<String>> circles() {
    Map<String, Set<String>> reached = new TreeMap<>();
    edges.keySet().forEach(name -> reached.put(name, reach(name)));
    Set<Set<String>> circles = new LinkedHashSet<>();
    for (String name : edges.keySet()) {
      Set<String> circle = new TreeSet<>(reached.get(name));
      circle.removeIf(other -> !reached.getOrDefault(other, Set.of()).contains(name));
      if (!circle.isEmpty()) {
        circles.add(circle);
      }
    }
    return circles;
  }

  private Set<String> reach(String start) {
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(targets(start));
    while (!open.isEmpty()) {
      String next = open.pop();
      if (seen.add(next)) {
        List<String> further = new ArrayList<>(targets(next));
        further.removeAll(seen);
        open.addAll(further);
      }
    }
    return seen;
  }

  private static String packageOf(String type) {
    return type.contains(".") ? type.substring(0, type.lastIndexOf('.')) : "";
  }
}

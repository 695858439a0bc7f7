package io.robusttrain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a package says of itself.
 *
 * @param name of the package below the root, such as {@code data.order}
 * @param text its {@code package-info.java}
 */
record PackageInfo(String name, String text) {
  private static final Pattern IMPORT =
      Pattern.compile("(?m)^import (?:static )?io\\.robusttrain\\.((?:[a-z]\\w*\\.)+)");
  static final Path CLASSES = Path.of("target", "classes");

  private static final Path SOURCES = Path.of("src", "main", "java", "io", "robusttrain");
  private static final Pattern IMPORTS =
      Pattern.compile("<p>Imports (nothing of ours|[^.]*(?:\\.\\w[^.]*)*)\\.\\s");
  private static final Pattern CODE = Pattern.compile("\\{@code\\s+([a-z.]+)}");

  static List<PackageInfo> all() throws IOException {
    List<PackageInfo> infos = new ArrayList<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      Set<Path> folders = new TreeSet<>();
      files
          .filter(file -> file.toString().endsWith(".java"))
          .forEach(file -> folders.add(file.getParent()));
      for (Path folder : folders) {
        infos.add(read(folder));
      }
    }
    return infos;
  }

  private static PackageInfo read(Path folder) throws IOException {
    String name = SOURCES.relativize(folder).toString().replace('/', '.');
    Path file = folder.resolve("package-info.java");
    if (!Files.isRegularFile(file)) {
      throw new AssertionError(folder + " has no package-info.java");
    }
    return new PackageInfo(name, Files.readString(file));
  }

  /** The packages of ours that it says it imports. */
  Set<String> imports() {
    Matcher sentence = IMPORTS.matcher(text.replaceAll("\\s+\\*\\s+", " ").replaceAll("\\s+", " "));
    if (!sentence.find()) {
      throw new AssertionError(name + " does not say what it imports: <p>Imports ...");
    }
    Set<String> found = new TreeSet<>();
    CODE.matcher(sentence.group(1)).results().forEach(match -> found.add(match.group(1)));
    return found;
  }

  /** The packages of ours that its files import, for code or for comments. */
  Set<String> importedInSource() throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.list(SOURCES.resolve(name.replace('.', '/')))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        IMPORT
            .matcher(Files.readString(file))
            .results()
            .map(match -> match.group(1).replaceFirst("\\.$", ""))
            .filter(target -> !target.equals(name))
            .forEach(found::add);
      }
    }
    return found;
  }

  boolean saysWhyItIsLarge() {
    return text.contains("<p>It is large because");
  }

  @Override
  public String toString() {
    return name;
  }
}

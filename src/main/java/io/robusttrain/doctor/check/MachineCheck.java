package io.robusttrain.doctor.check;

import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.Processor;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The processor's instructions and the C library fit the native libraries. */
public record MachineCheck() implements Check<MachineCheck.Facts> {
  private static final Pattern LIBC_FILE =
      Pattern.compile("\\s(/\\S*/libc[.-][^/\\s]*so[^/\\s]*)$");
  private static final Pattern LIBC_VERSION =
      Pattern.compile("GNU C Library [^\\n]*?stable release version (\\d+\\.\\d+)");
  private static final Pattern NUMBERS = Pattern.compile("(\\d+)\\.(\\d+)");

  /**
   * @param libc version of glibc; empty for another C library
   * @param vectors the widest vector instructions: avx512, avx2, or less
   * @param caches whether the processor says what caches it has
   */
  record Facts(String os, String architecture, String libc, String vectors, boolean caches)
      implements Serializable {}

  @Override
  public String name() {
    return "machine";
  }

  @Override
  public Facts examine(Place place) throws IOException {
    return new Facts(
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        libc(),
        vectors(),
        NativeRuntime.convolves());
  }

  /** Read out of the file that this process has loaded: no tool need be installed. */
  private static String libc() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      Matcher file = LIBC_FILE.matcher(line);
      if (file.find()) {
        String bytes =
            new String(Files.readAllBytes(Path.of(file.group(1))), StandardCharsets.ISO_8859_1);
        Matcher version = LIBC_VERSION.matcher(bytes);
        return version.find() ? version.group(1) : "";
      }
    }
    return "";
  }

  private static String vectors() {
    Set<String> flags = Processor.here().flags();
    if (flags.isEmpty()) {
      return "unknown";
    }
    return flags.contains("avx512f") ? "avx512" : flags.contains("avx2") ? "avx2" : "no avx2";
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    List<Finding> findings = new ArrayList<>();
    String platform = facts.os() + " " + facts.architecture();
    if (!platform.toLowerCase(Locale.ROOT).equals("linux amd64")) {
      findings.add(
          Finding.failed(
              platform + "; the native libraries are built for Linux x86_64",
              "run on Linux x86_64, or in a container of docker/Dockerfile there"));
    }
    Matcher libc = NUMBERS.matcher(facts.libc());
    if (!libc.matches()
        || 1000 * Integer.parseInt(libc.group(1)) + Integer.parseInt(libc.group(2)) < 2035) {
      findings.add(
          Finding.failed(
              (facts.libc().isEmpty() ? "no GNU C library" : "glibc " + facts.libc())
                  + "; the native libraries need glibc 2.35 or newer",
              "use Debian 12, Ubuntu 22.04 or newer, or a container of docker/Dockerfile"));
    }
    if (facts.vectors().equals("no avx2")) {
      findings.add(
          Finding.warning(
              "the processor has no AVX2: arithmetic takes several times as long",
              "choose hosts with AVX2 (Intel since 2013, AMD since 2015)"));
    }
    if (!facts.caches()) {
      findings.add(
          Finding.warning(
              "the processor does not say what caches it has, which oneDNN needs to convolve: matrix products do it instead and take longer",
              "choose hosts where lscpu --caches prints some"));
    }
    return Finding.orOk(
        findings, "%s, glibc %s, %s".formatted(platform, facts.libc(), facts.vectors()));
  }

  @Override
  public List<Line> compare(Map<Place, Facts> facts) {
    Map<Place, String> vectors = new HashMap<>();
    facts.forEach((place, own) -> vectors.put(place, own.vectors()));
    vectors.keySet().removeIf(place -> !place.role().computes());
    return Check.unlike(
        name(),
        vectors,
        kinds ->
            Finding.warning(
                "executors have different processors: " + kinds,
                "put executors on hosts of one kind: the slowest one sets the pace of every step"));
  }

  @Override
  public String remedy() {
    return "run on Linux with /proc mounted";
  }
}

package io.robusttrain.doctor.check;

import io.robusttrain.base.ByteUnit;
import io.robusttrain.tensor.Blas;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.Processor;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.mkl.global.mkl_rt;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;

/** libtorch, its BLAS, OpenMP and OpenCV load, and are the same everywhere. */
public record LibrariesCheck() implements Check<LibrariesCheck.Facts> {
  private static final List<String> NEEDED = List.of("libtorch_cpu", "libiomp5", "libopencv_core");
  private static final Pattern MKL_VERSION = Pattern.compile("Version (\\d+(?:\\.\\d+)*)");
  private static final Pattern LIBRARY = Pattern.compile("/(lib[A-Za-z0-9_]+)[-.0-9]*\\.so[^/]*$");
  private static final double LONG_SECONDS = 5;

  /**
   * @param versions by library
   * @param missing libraries that are not in the process
   * @param physicalLimit JavaCPP's limit of resident memory, 0 for none
   * @param blas the library that multiplies matrices
   * @param fasterBlas the one that is faster on the processor
   * @param unpacked whether this use unpacked the libraries
   * @param seconds that loading took
   */
  record Facts(
      TreeMap<String, String> versions,
      List<String> missing,
      long physicalLimit,
      String blas,
      String fasterBlas,
      boolean unpacked,
      double seconds)
      implements Serializable {}

  @Override
  public String name() {
    return "libraries";
  }

  @Override
  public Facts examine(Place place) throws IOException {
    boolean present = cached("pytorch");
    long start = System.nanoTime();
    NativeRuntime.load();
    Loader.load(opencv_core.class);
    Loader.load(opencv_imgcodecs.class);
    double seconds = (System.nanoTime() - start) / 1e9;
    TreeSet<String> loaded = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      Matcher library = LIBRARY.matcher(line);
      if (library.find()) {
        loaded.add(library.group(1));
      }
    }
    TreeMap<String, String> versions = new TreeMap<>();
    versions.put("libtorch", version("pytorch"));
    Blas blas = Blas.current();
    versions.put(
        blas.title(),
        switch (blas) {
          case ONE_MKL -> mklVersion();
          case OPENBLAS -> version("openblas");
        });
    versions.put("OpenCV", opencv_core.CV_VERSION());
    return new Facts(
        versions,
        new ArrayList<>(
            Stream.concat(NEEDED.stream(), Stream.of(blas.library()))
                .filter(name -> !loaded.contains(name))
                .toList()),
        Pointer.maxPhysicalBytes(),
        blas.title(),
        Blas.fasterOn(Processor.here(), Runtime.getRuntime().availableProcessors()).title(),
        !present,
        seconds);
  }

  private static boolean cached(String artifact) throws IOException {
    File[] found = Loader.getCacheDir().listFiles((folder, name) -> name.startsWith(artifact));
    return found != null && found.length > 0;
  }

  private static String version(String artifact) throws IOException {
    return Loader.getVersion("org.bytedeco", artifact);
  }

  private static String mklVersion() {
    byte[] text = new byte[256];
    mkl_rt.MKL_Get_Version_String(text, text.length);
    String whole = new String(text, StandardCharsets.ISO_8859_1).replaceAll("\0.*", "").strip();
    Matcher number = MKL_VERSION.matcher(whole);
    return number.find() ? number.group(1) : whole;
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    List<Finding> findings = new ArrayList<>();
    if (!facts.missing().isEmpty()) {
      findings.add(
          Finding.failed(
              "not in the process after loading: " + String.join(", ", facts.missing()),
              "put all jars of target/app-lib on the class path, those with linux-x86_64 in their names too"));
    }
    if (facts.physicalLimit() != 0) {
      findings.add(
          Finding.failed(
              "JavaCPP stops the process at %s of memory"
                  .formatted(ByteUnit.rounded(facts.physicalLimit())),
              "add -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 to the JVM's options, see spark-submit/jvm.options"));
    }
    if (!facts.blas().equals(facts.fasterBlas())) {
      findings.add(
          Finding.warning(
              "matrix products run on %s, as a JVM option says; on this processor %s is up to twice as fast"
                  .formatted(facts.blas(), facts.fasterBlas()),
              "leave -Dorg.bytedeco.openblas.load out of the JVM's options"));
    }
    if (findings.isEmpty()) {
      StringBuilder text = new StringBuilder();
      facts
          .versions()
          .forEach((name, version) -> text.append(name).append(' ').append(version).append(", "));
      text.append("OpenMP loaded");
      if (facts.unpacked() && facts.seconds() > LONG_SECONDS) {
        text.append("; unpacked in %.0f s, once for each host".formatted(facts.seconds()));
      }
      findings.add(Finding.ok(text.toString()));
    }
    return findings;
  }

  @Override
  public List<Line> compare(Map<Place, Facts> facts) {
    Map<Place, String> versions = new HashMap<>();
    facts.forEach((place, own) -> versions.put(place, own.versions().toString()));
    return Check.unlike(
        name(),
        versions,
        kinds ->
            Finding.failed(
                "different versions: " + kinds,
                "use the same target/app-lib on all hosts: executors must compute the same gradients"));
  }

  @Override
  public String remedy() {
    return "see docs/doctor.md, section libraries: the C library must be glibc 2.35 or newer and JavaCPP's cache folder needs 1 GB";
  }

  /** The first use on a host unpacks about 1 GB: 18 s on a good disk, minutes on a slow one. */
  @Override
  public Duration limit() {
    return Duration.ofMinutes(5);
  }
}

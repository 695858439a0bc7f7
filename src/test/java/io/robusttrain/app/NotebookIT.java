package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.robusttrain.app.prep.PrepCommand;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The notebooks, in the kernel that {@code spark-submit/notebook.sh} registers, on a few drawn
 * images: every cell shows what its metadata say, twice in one kernel.
 */
class NotebookIT {
  private static final Path RUNNER = Path.of("src/test/scripts/notebooks.py").toAbsolutePath();
  private static final Path NOTEBOOKS = Path.of("notebooks").toAbsolutePath();
  private static final Path KERNEL =
      Path.of("src/test/resources/notebook/kernel.ipynb").toAbsolutePath();
  private static final String CLUSTER = "05-cluster.ipynb";

  /** Where all notebooks run, on the same images. */
  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static UserShell shell;

  @BeforeAll
  static void aFolderToWorkIn() throws IOException {
    shell = UserShell.in(folder, "export JUPYTER_DATA_DIR=\"$PWD/jupyter\"");
    Files.createSymbolicLink(folder.resolve("conf"), Path.of("conf").toAbsolutePath());
  }

  @Test
  void everyCellShowsWhatItMustTwiceInOneKernel() throws Exception {
    List<String> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(NOTEBOOKS)) {
      all.filter(file -> file.toString().endsWith(".ipynb"))
          .filter(file -> !file.endsWith(CLUSTER))
          .sorted()
          .forEach(file -> files.add(file.toString()));
    }
    files.add(KERNEL.toString());
    execute(List.of("--cores", "2"), files);
  }

  @Test
  void theNotebookOfTheClusterRunsOnTwoExecutors() throws Exception {
    execute(
        List.of("--workers", "2", "--executor-memory", "2g"),
        List.of(NOTEBOOKS.resolve(CLUSTER).toString()));
  }

  @Test
  void installOnlyRegistersTheKernel(@TempDir Path home) throws Exception {
    Launch launch =
        UserShell.in(home, "export JUPYTER_DATA_DIR=\"$PWD/jupyter\"")
            .run("notebook.sh", "--install", "--cores", "1", "--conf", "a.b=c \"d\"");
    assertThat(launch.code()).as(launch.text()).isZero();
    Path kernel = home.resolve("jupyter/kernels/robusttrain/kernel.json");
    assertThat(launch.text()).contains("is registered in ").contains("it works in ");
    assertThat(Files.readString(kernel))
        .contains("/spark-submit/notebook.sh\", \"--kernel\", \"{connection_file}\"")
        .contains("\"--cores\", \"1\"", "\"--conf\", \"a.b=c \\\"d\\\"\"")
        .contains("\"interrupt_mode\": \"message\"");
    assertThat(launch.remains()).isEmpty();
  }

  private void execute(List<String> options, List<String> files) throws Exception {
    Optional<String> python = python();
    String missing =
        "skipped: no Python with jupyter_client executes notebooks here, on Debian and Ubuntu: apt-get install python3-jupyter-client";
    if (python.isEmpty()) {
      System.out.println(missing);
    }
    assumeThat(python).as(missing).isPresent();
    drawImages();
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(List.of(python.get(), RUNNER.toString(), "--small", "--times", "2"));
    arguments.addAll(files);
    Launch launch = shell.run("notebook.sh", arguments.toArray(String[]::new));
    assertThat(launch.code()).as(launch.text()).isZero();
    assertThat(launch.text().lines().filter(line -> line.contains("cells as they must be")))
        .hasSize(2 * files.size());
    assertThat(launch.remains()).isEmpty();
  }

  /** Few, before notebook.sh would draw all. */
  private static void drawImages() {
    String data = folder.resolve("data/synthetic").toString();
    if (!Files.exists(Path.of(data, "dataset.json"))) {
      int code =
          PrepCommand.execute(
              "synthetic", "-o", data, "--size", "32", "--train", "128", "--val", "64");
      assertThat(code).isZero();
    }
  }

  private static Optional<String> python() throws Exception {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      Process process =
          new ProcessBuilder("bash", "-c", python + " -c 'import jupyter_client' 2>/dev/null")
              .start();
      if (process.waitFor() == 0) {
        return Optional.of(python);
      }
    }
    return Optional.empty();
  }
}

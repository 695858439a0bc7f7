package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.robusttrain.app.prep.PrepCommand;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
  private static final String REGISTERED = "export JUPYTER_DATA_DIR=\"$PWD/jupyter\"";

  /** Where all notebooks run, on the same images. */
  @TempDir(factory = OddFolder.class)
  private static Path folder;

  private static UserShell shell;

  @BeforeAll
  static void aFolderToWorkIn() throws IOException {
    shell = UserShell.in(folder, REGISTERED);
    Files.createSymbolicLink(folder.resolve("conf"), Path.of("conf").toAbsolutePath());
  }

  @Test
  void everyCellShowsWhatItMustTwiceInTheKernelThatIsInstalled() throws Exception {
    String python = python();
    drawImages();
    List<String> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(NOTEBOOKS)) {
      all.filter(file -> file.toString().endsWith(".ipynb"))
          .filter(file -> !file.endsWith(CLUSTER))
          .sorted()
          .forEach(file -> files.add(file.toString()));
    }
    files.add(KERNEL.toString());
    Launch install = shell.run("notebook.sh", "--install", "--cores", "2");
    assertThat(install.code()).as(install.text()).isZero();
    // A Jupyter of the user's own, in another folder, that knows nothing of the launchers.
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
    List<String> lines = List.of(REGISTERED.replace("$PWD", "$PWD/.."), "exec \"$@\"");
    Path jupyter = Files.write(elsewhere.resolve("jupyter.sh"), lines);
    List<String> arguments = new ArrayList<>(List.of(python));
    arguments.addAll(runner(files));
    check(Launch.of(elsewhere, jupyter.toString(), arguments.toArray(String[]::new)), files);
  }

  @Test
  void theNotebookOfTheClusterRunsOnTwoExecutors() throws Exception {
    String python = python();
    drawImages();
    List<String> files = List.of(NOTEBOOKS.resolve(CLUSTER).toString());
    List<String> arguments =
        new ArrayList<>(List.of("--workers", "2", "--executor-memory", "2g", python));
    arguments.addAll(runner(files));
    check(shell.run("notebook.sh", arguments.toArray(String[]::new)), files);
  }

  @Test
  void installOnlyRegistersTheKernel(@TempDir Path home) throws Exception {
    Launch launch =
        UserShell.in(home, REGISTERED)
            .run("notebook.sh", "--install", "--cores", "1", "--conf", "a.b=c \"d\"");
    assertThat(launch.code()).as(launch.text()).isZero();
    Path kernel = home.resolve("jupyter/kernels/robusttrain/kernel.json");
    assertThat(launch.text()).contains("is registered in ").contains("it works in ");
    assertThat(Files.readString(kernel))
        .contains("/spark-submit/notebook.sh\", \"--kernel\", \"{connection_file}\"")
        .contains("\"--cores\", \"1\"", "\"--conf\", \"a.b=c \\\"d\\\"\"")
        .contains("\"ROBUSTTRAIN_JAVA_OPTS\": \"-XX:TieredStopAtLevel=1\"")
        .contains("\"interrupt_mode\": \"message\"");
    assertThat(launch.remains()).isEmpty();
  }

  private static List<String> runner(List<String> files) {
    List<String> arguments = new ArrayList<>(List.of(RUNNER.toString(), "--small", "--times", "2"));
    arguments.addAll(files);
    return arguments;
  }

  private static void check(Launch launch, List<String> files) {
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

  private static String python() throws Exception {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      Process process =
          new ProcessBuilder("bash", "-c", python + " -c 'import jupyter_client' 2>/dev/null")
              .start();
      if (process.waitFor() == 0) {
        return python;
      }
    }
    String missing =
        "skipped: no Python with jupyter_client executes notebooks here, on Debian and Ubuntu: apt-get install python3-jupyter-client";
    System.out.println(missing);
    return abort(missing);
  }
}

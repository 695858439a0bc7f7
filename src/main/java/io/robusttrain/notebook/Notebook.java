package io.robusttrain.notebook;

import io.robusttrain.api.RobustTrain;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;

/** The kernel's process; {@code spark-submit/notebook.sh --kernel} starts it for Jupyter. */
public final class Notebook {
  /** What Jupyter waits before it kills a kernel that it has asked to end, less a little. */
  private static final long SECONDS_TO_END = 4;

  private static final List<String> BEGINNING =
      List.of(
          "import java.awt.image.BufferedImage;",
          "import java.io.*;",
          "import java.nio.file.*;",
          "import java.util.*;",
          "import java.util.function.*;",
          "import java.util.stream.*;",
          "import org.apache.spark.api.java.function.MapFunction;",
          "import org.apache.spark.api.java.function.FilterFunction;",
          "import org.apache.spark.sql.*;",
          "import io.robusttrain.api.*;",
          "import io.robusttrain.notebook.Display.Shown;",
          "import static io.robusttrain.notebook.Display.*;");

  private Notebook() {}

  /**
   * Serves one notebook until Jupyter ends it, or is gone.
   *
   * @param args Jupyter's connection file
   */
  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      System.err.println(
          "error: this is for Jupyter, which is started by spark-submit/notebook.sh");
      System.exit(2);
    }
    // Spark is not told of them: on executors of other processes a cell's lambda would find the
    // cell's variables, which are static fields, to be 0 and null. It fails there instead.
    Path classes = Files.createTempDirectory("robusttrain-cells");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(classes), "delete-cells"));
    endWithJupyter();
    serve(classes, KernelConnectionProperties.parse(Files.readString(Path.of(args[0]))));
    System.exit(0);
  }

  /** The beginning of every notebook, for tests. */
  static List<String> beginning() {
    return BEGINNING;
  }

  private static void serve(Path classes, KernelConnectionProperties connection) throws Exception {
    CellStreams streams = new CellStreams();
    Display.setOutlet(Optional.of(streams));
    Progress progress = new Progress();
    RobustTrain.showBy(progress);
    Cells cells = new Cells(classes, BEGINNING);
    String version = Notebook.class.getPackage().getImplementationVersion();
    NotebookKernel kernel =
        new NotebookKernel(cells, streams, progress, version == null ? "not packaged" : version);
    JupyterConnection jupyter = new JupyterConnection(connection);
    kernel.becomeHandlerForConnection(jupyter);
    jupyter.connect();
    kernel.awaitEnd();
    if (cells.end(SECONDS_TO_END)) {
      jupyter.waitUntilClose();
      cells.close();
    }
  }

  /** A Jupyter that was killed ends no kernel: the memory of a training would stay taken. */
  private static void endWithJupyter() {
    String parent = System.getenv("JPY_PARENT_PID");
    if (parent != null && parent.matches("[1-9]\\d*")) {
      ProcessHandle.of(Long.parseLong(parent)).ifPresent(Notebook::endWith);
    }
  }

  private static void endWith(ProcessHandle jupyter) {
    Thread watch =
        new Thread(
            () -> {
              jupyter.onExit().join();
              System.exit(1);
            },
            "jupyter");
    watch.setDaemon(true);
    watch.start();
  }

  private static void delete(Path folder) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure)
                throws IOException {
              Files.delete(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      System.err.println("warning: " + folder + " could not be deleted: " + e);
    }
  }
}

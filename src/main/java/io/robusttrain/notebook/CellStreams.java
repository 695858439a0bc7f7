package io.robusttrain.notebook;

import java.nio.charset.StandardCharsets;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.JupyterIO;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** Standard output, standard error and what is displayed, led to the cell that runs. */
final class CellStreams extends JupyterIO implements Outlet {
  CellStreams() {
    super(StandardCharsets.UTF_8);
  }

  void attach(ShellReplyEnvironment cell) {
    setEnv(cell);
    // A cell that waited for a typed answer could not be run as a batch.
    setJupyterInEnabled(false);
  }

  void detach(ShellReplyEnvironment cell) {
    out.flush();
    err.flush();
    retractEnv(cell);
  }

  @Override
  public void show(DisplayData data) {
    display.display(data);
  }

  @Override
  public void update(DisplayData data) {
    display.updateDisplay(data);
  }
}

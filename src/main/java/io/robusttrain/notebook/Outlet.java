package io.robusttrain.notebook;

import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/** Where things are shown below a cell. Thread-safe. */
interface Outlet {
  /** Shows something new. */
  void show(DisplayData data);

  /** Puts something in the place of what was shown under the same display id. */
  void update(DisplayData data);
}

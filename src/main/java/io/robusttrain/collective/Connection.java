package io.robusttrain.collective;

import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.ProcessGroupGloo;

/**
 * A group of c10d and the native objects that it was made of. The group uses them until it has
 * ended: the heap was damaged where they had been freed before it.
 *
 * @param group owned
 * @param parts owned, freed after the group
 */
record Connection(ProcessGroupGloo group, List<Pointer> parts) implements AutoCloseable {
  Connection {
    parts = List.copyOf(parts);
  }

  @Override
  public void close() {
    group.close();
    parts.forEach(Pointer::close);
  }
}

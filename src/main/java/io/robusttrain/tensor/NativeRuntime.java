package io.robusttrain.tensor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.mkl.global.mkl_rt;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads the native libraries of a process and fixes its threads, once, before the first operation.
 *
 * <p>The {@link Blas} must be loaded, oneMKL with all its kernel libraries extracted, before
 * libtorch. Thread-safe.
 */
public final class NativeRuntime {
  @GuardedBy("NativeRuntime.class")
  private static boolean loaded;

  private NativeRuntime() {}

  /**
   * Loads the BLAS, then libtorch, which takes no TF32 at first. Later calls do nothing.
   *
   * @throws IllegalStateException if libtorch cannot have the BLAS that was chosen
   */
  public static synchronized void load() {
    if (!loaded) {
      Blas blas = Blas.current();
      if (blas == Blas.ONE_MKL) {
        Loader.load(mkl_rt.class);
      }
      loadOpenMpGlobally();
      Loader.load(torch.class);
      blas.requireLoaded();
      allowTf32(false);
      loaded = true;
    }
  }

  /** Whether a GPU takes TF32 for float32; libtorch is loaded, or being loaded. */
  static void allowTf32(boolean allowed) {
    try (PointerScope scope = new PointerScope()) {
      Context context = torch.globalContext();
      // They keep libtorch's older and newer ways of saying it in step: it refuses a mixture.
      context.setAllowTF32CuBLAS(allowed);
      context.setAllowTF32CuDNN(allowed);
    }
  }

  /**
   * oneMKL's threading layer names no OpenMP runtime to the linker: it takes the symbols from the
   * process, where they must be global. libtorch takes the same ones then, whatever the BLAS.
   */
  private static void loadOpenMpGlobally() {
    String name = "/org/bytedeco/mkl/" + Loader.getPlatform() + "/libiomp5.so";
    try {
      File library = Loader.cacheResource(mkl_rt.class, name);
      if (library == null) {
        throw new IllegalStateException(
            name + " is not on the class path: add org.bytedeco:mkl with the redist classifier");
      }
      Loader.loadGlobal(library.getPath());
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "cannot unpack "
              + name
              + " into JavaCPP's cache: free some disk or set -Dorg.bytedeco.javacpp.cachedir",
          failed);
    }
  }

  /**
   * Loads the libraries and sets the number of threads inside one operation, for libtorch, OpenMP
   * and the BLAS together.
   *
   * @param intraOpThreads at least 1
   */
  public static synchronized void start(int intraOpThreads) {
    if (intraOpThreads < 1) {
      throw new IllegalArgumentException("intra-op threads must be at least 1: " + intraOpThreads);
    }
    load();
    torch.set_num_threads(intraOpThreads);
    // It looks the BLAS's own functions up, and would leave their handles to the collector.
    try (PointerScope scope = new PointerScope()) {
      openblas.blas_set_num_threads(intraOpThreads);
    }
  }

  /**
   * Whether libtorch's convolutions can be used. oneDNN 3.7, which computes them, plans by the
   * sizes of the caches; where the processor tells none, it leaves padding unset, so that results
   * are wrong, and divides by zero, which ends the process. Seen on a virtual machine on an AMD
   * processor, with channels that are no multiple of 16 and with 1x1 convolutions; depthwise ones
   * were right.
   */
  public static boolean convolves() {
    return Processor.here().tellsCaches();
  }

  /** The native objects that JavaCPP holds alive; constant over a healthy training loop. */
  public static long liveHandles() {
    return Pointer.totalCount();
  }

  /** The resident memory of this process in bytes. */
  public static long residentBytes() {
    return Pointer.physicalBytes();
  }
}

package io.robusttrain.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;

/**
 * Tells during a backward pass which contiguous parts of a flat gradient vector are complete.
 *
 * <p>libtorch calls a hook of a leaf when the leaf's whole gradient of this pass is known, once a
 * pass, and adds it to the vector before it goes on; on the host's cores it does all that on the
 * thread that asked for the pass. So a part is complete when the hooks of all its leaves were
 * called, and another hook is, or the pass is over. A part with a leaf that the pass does not reach
 * is not told of. Used from one thread at a time.
 */
final class GradientParts {
  /**
   * JavaCPP lets a process have ten functions of a kind that C++ calls: these, one for each part,
   * serve all models of the process, and are never freed, for tensors keep them.
   */
  private static final List<Hook> HOOKS = new ArrayList<>();

  /** Parts that are told of, at most. */
  static final int MOST = 7;

  private static final ThreadLocal<Pass> PASS = new ThreadLocal<>();

  private final int[] leaves;

  private static final class Hook extends VoidTensorHook {
    private final int part;

    Hook(int part) {
      this.part = part;
    }

    @Override
    public void call(TensorBase gradient) {
      // A handle of its own, which would keep the gradient until the end of the step.
      gradient.close();
      Pass pass = PASS.get();
      if (pass != null) {
        pass.reached(part);
      }
    }
  }

  /** What is known of a backward pass of this thread. */
  private static final class Pass {
    private static final int NONE = -1;

    private final int[] missing;
    private final IntConsumer complete;
    private int last = NONE;
    private RuntimeException failure;

    Pass(int[] leaves, IntConsumer complete) {
      this.missing = leaves.clone();
      this.complete = complete;
    }

    void reached(int part) {
      tell();
      missing[part]--;
      if (missing[part] == 0) {
        last = part;
      }
    }

    /** Exceptions do not pass through C++. */
    void tell() {
      if (last != NONE && failure == null) {
        try {
          complete.accept(last);
        } catch (RuntimeException failed) {
          failure = failed;
        }
      }
      last = NONE;
    }
  }

  /**
   * Watches the leaves of a vector from now on.
   *
   * @param leaves by name; those that take no gradient are left out
   */
  GradientParts(ParameterLayout layout, Map<String, Tensor> leaves) {
    List<Integer> ends = layout.partEnds(MOST);
    this.leaves = new int[ends.size()];
    for (ParameterSpec spec : layout.specs()) {
      Tensor leaf = leaves.get(spec.name());
      if (spec.segment() == Segment.DECAYED && leaf.requires_grad()) {
        int part = 0;
        while (ends.get(part) <= layout.offset(spec.name())) {
          part++;
        }
        this.leaves[part]++;
        leaf.register_hook(hook(part));
      }
    }
  }

  private static Hook hook(int part) {
    synchronized (HOOKS) {
      while (HOOKS.size() <= part) {
        HOOKS.add(unscoped(HOOKS.size()));
      }
      return HOOKS.get(part);
    }
  }

  private static Hook unscoped(int part) {
    Hook hook = new Hook(part);
    hook.retainReference();
    return hook;
  }

  /**
   * Does a backward pass.
   *
   * @param complete is told the number of each part once, on this thread
   */
  void during(Runnable backward, IntConsumer complete) {
    Pass pass = new Pass(leaves, complete);
    PASS.set(pass);
    try {
      backward.run();
      pass.tell();
    } finally {
      PASS.remove();
    }
    if (pass.failure != null) {
      throw pass.failure;
    }
  }
}

package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.tensors.CheckpointException;

/**
 * The errors of one file.
 *
 * @param file where the file is
 */
record Refusals(String file) {
  private static final int SHOWN = 120;

  /** The content contradicts itself or the format. */
  CheckpointException damaged(String what) {
    return damaged(what, null);
  }

  /** As {@link #damaged(String)}, with the failure that revealed it. */
  CheckpointException damaged(String what, Throwable cause) {
    return new CheckpointException(
        "%s is damaged, or was not written by torch.save: %s. Copy or download it again."
            .formatted(file, what),
        cause);
  }

  /** The file is sound and not what this project reads. */
  CheckpointException refused(String what, String remedy) {
    return new CheckpointException("%s %s. %s".formatted(file, what, remedy));
  }

  /** The pickle is one that this project does not follow, hostile or merely more than weights. */
  CheckpointException notOnlyWeights(String what) {
    return refused(
        what + ", which is more than weights; nothing of the file was run",
        "If you trust its author, load it in PyTorch and save the weights alone: "
            + "torch.save(model.state_dict(), 'weights.pth').");
  }

  /** Text of the file for a message: of bounded length, without control characters. */
  static String shown(String text) {
    String head = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    return head.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
  }
}

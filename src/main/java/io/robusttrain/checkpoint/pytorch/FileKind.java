package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.nio.charset.StandardCharsets;

/** What a file is by its first bytes. */
enum FileKind {
  ZIP,
  LEGACY,
  TAR,
  PICKLE,
  OTHER;

  /** As many bytes as decide: a tar archive says so at byte 257. */
  static final int DECIDING_BYTES = 262;

  /** The integer 0x1950a86a20f9469cfc6c as a pickle has it, which the old format begins with. */
  private static final String LEGACY_MAGIC =
      new String(new char[] {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19});

  /** The kind of a file that begins with these bytes. */
  static FileKind of(byte[] first) {
    String text = new String(first, StandardCharsets.ISO_8859_1);
    // A safetensors header is preceded by its length, which can be any of the numbers below.
    if (text.length() > 8 && text.charAt(8) == '{') {
      return OTHER;
    }
    if (text.startsWith("PK\u0003\u0004")) {
      return ZIP;
    }
    if (text.length() >= DECIDING_BYTES && text.startsWith("ustar", DECIDING_BYTES - 5)) {
      return TAR;
    }
    if (text.length() < 2 || text.charAt(0) != 0x80 || text.charAt(1) < 2 || text.charAt(1) > 5) {
      return OTHER;
    }
    return text.substring(0, Math.min(text.length(), 32)).contains(LEGACY_MAGIC) ? LEGACY : PICKLE;
  }

  /** Fails with the way out unless this is a zip archive. */
  void requireZip(Refusals refusals) {
    switch (this) {
      case ZIP -> {}
      case LEGACY ->
          throw refusals.refused(
              "is in the format torch.save had before PyTorch 1.6", conversion());
      case TAR ->
          throw refusals.refused(
              "is a tar archive, the format torch.save had before PyTorch 0.1.10", conversion());
      case PICKLE ->
          throw refusals.refused(
              "is a Python pickle that torch.save did not write",
              "Save the weights with torch.save(model.state_dict(), 'weights.pth').");
      case OTHER -> throw notPyTorch(refusals);
    }
  }

  private static CheckpointException notPyTorch(Refusals refusals) {
    return refusals.refused(
        "is not a PyTorch file: it does not begin as one, or it is empty or cut short",
        "Name a file that torch.save wrote, or a safetensors file.");
  }

  private static String conversion() {
    return "Convert it in PyTorch: torch.save(torch.load('old.pth', map_location='cpu', "
        + "weights_only=True), 'new.pth').";
  }
}

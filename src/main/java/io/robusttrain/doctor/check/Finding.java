package io.robusttrain.doctor.check;

import java.io.Serializable;
import java.util.List;

/**
 * What a check says of a process or of the cluster.
 *
 * @param verdict whether training can go on
 * @param text what was found
 * @param remedy what to do; empty if and only if there is nothing to do
 */
public record Finding(Verdict verdict, String text, String remedy) implements Serializable {
  /** How bad it is, in ascending order. */
  public enum Verdict {
    /** Nothing needs to be done. */
    OK("ok"),
    /** Training works, but slower or less safely than it could. */
    WARNING("warning"),
    /** Training would fail. */
    FAILED("FAILED");

    private final String word;

    Verdict(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  public Finding {
    if (remedy.isEmpty() != (verdict == Verdict.OK)) {
      throw new IllegalArgumentException("a remedy belongs to each trouble: " + text);
    }
  }

  public static Finding ok(String text) {
    return new Finding(Verdict.OK, text, "");
  }

  public static Finding warning(String text, String remedy) {
    return new Finding(Verdict.WARNING, text, remedy);
  }

  public static Finding failed(String text, String remedy) {
    return new Finding(Verdict.FAILED, text, remedy);
  }

  /** The troubles, or that all is well, in these words, where there are none. */
  public static List<Finding> orOk(List<Finding> troubles, String text) {
    return troubles.isEmpty() ? List.of(ok(text)) : troubles;
  }
}

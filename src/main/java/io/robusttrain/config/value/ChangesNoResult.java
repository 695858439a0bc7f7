package io.robusttrain.config.value;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a key, or a group, that decides nothing of what is computed. The only list of such keys:
 * {@code Continuation} and {@code ConfigRenderer.renderEssence} read it. {@code
 * docs/decisions/0012} has the reasons key by key.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface ChangesNoResult {
  /** Whether only single steps or whole runs come to the same. */
  Of value() default Of.RUN;

  /** Results that a key may leave alone. */
  enum Of {
    /**
     * What a step computes from good images. Which steps are taken, what becomes of an alarm or of
     * a bad image, and where the run lies may differ. So a run may go on from its checkpoint with
     * another value, but a run that has it from the start is another run.
     */
    STEP,
    /** What a run comes to. Runs that differ in such keys alone have the same result. */
    RUN
  }
}

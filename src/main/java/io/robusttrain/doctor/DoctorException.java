package io.robusttrain.doctor;

/** Training would fail on this cluster; the reasons were printed before. */
public final class DoctorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message for the user. */
  public DoctorException(String message) {
    super(message);
  }
}

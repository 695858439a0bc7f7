package io.robusttrain.app;

import io.robusttrain.doctor.DoctorReport;

/** Looks at a cluster. */
@FunctionalInterface
public interface DoctorRunner {
  /** Looks at everything that was asked for; what is wrong is in the report. */
  DoctorReport run(DoctorRequest request) throws Exception;
}

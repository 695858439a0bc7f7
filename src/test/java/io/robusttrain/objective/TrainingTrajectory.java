package io.robusttrain.objective;

/** A training run of the recorded tiny XCiT, step by step, and what it has come to. */
interface TrainingTrajectory extends AutoCloseable {
  /** One step on batch {@code number % 4}. */
  void step(int number, double radius, float[] unitNoise, double rate);

  /** The loss of the last step. */
  double loss();

  /** The pixels of the last training forward. */
  double[] trainedOn();

  /** All parameters and running statistics, in the order of the layout. */
  double[] weights();

  /** The last step's gradients and batch statistics. */
  double[] gradients();

  /** A moment of the optimiser, such as {@code exp_avg}. */
  double[] moment(String name);

  @Override
  void close();
}

import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.TrainCommand;
import io.robusttrain.app.TrainLauncher;

/** Trains a robust image classifier: {@code spark-submit --class RobustTrain}. */
@SuppressWarnings("DefaultPackage") // spark-submit --class RobustTrain is the promise
public final class RobustTrain {
  private RobustTrain() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    TrainLauncher launcher = TrainLauncher.submitted(System.out);
    ProcessExit.with(TrainCommand.execute(launcher, TrainLauncher.errors(), args));
  }
}

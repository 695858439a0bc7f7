import io.robusttrain.app.ProcessExit;
import io.robusttrain.app.SubmitDefaults;
import io.robusttrain.app.train.TrainCommand;

/** Trains a robust image classifier: {@code spark-submit --class RobustTrain}. */
@SuppressWarnings("DefaultPackage") // spark-submit --class RobustTrain is the promise
public final class RobustTrain {
  private RobustTrain() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    SubmitDefaults.driver();
    ProcessExit.with(TrainCommand.execute(args));
  }
}
